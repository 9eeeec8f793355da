// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The records with which an old migration goes on.
 */
#include "unit.h"
#include "wire_samples.h"

static void good_records_are_understood(void)
{
	build(TSMC_REC_RESUME);
	EXPECT(!decode(TSMC_REC_RESUME));
	EXPECT(got.resume.verdict == TSMC_VERDICT_WITHDRAWN && got.resume.session[15] == 'f');
	build(TSMC_REC_STATE);
	EXPECT(!decode(TSMC_REC_STATE));
	EXPECT(got.state.standing == TSMC_STANDING_WAITING && got.state.nr_missing == 4321);
}

static void senseless_resume_is_refused(void)
{
	EXPECT(!with_int(TSMC_REC_RESUME, 16, TSMC_VERDICT_GIVEN, 4));
	EXPECT(with_int(TSMC_REC_RESUME, 16, 0, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_RESUME, 16, 3, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_RESUME, 20, 1, 4) == -EPROTO);
}

static void senseless_state_is_refused(void)
{
	EXPECT(with_int(TSMC_REC_STATE, 0, 0, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_STATE, 0, 4, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_STATE, 4, 1, 4) == -EPROTO);
	/* Who waits for nothing lacks nothing. */
	EXPECT(with_int(TSMC_REC_STATE, 0, TSMC_STANDING_NONE, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_STATE, 0, TSMC_STANDING_COMPLETE, 4) == -EPROTO);
	EXPECT(!with_int(TSMC_REC_STATE, 8, 0, 8));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "good records are understood", good_records_are_understood },
		{ "a senseless RESUME is refused", senseless_resume_is_refused },
		{ "a senseless STATE is refused", senseless_state_is_refused },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
