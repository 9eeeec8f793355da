// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest is taken to go on as it was seen. A migration is then followed step by step, in the
 * order in which source.c takes the steps; times count from the moment that log-dirty is on.
 */
#include "estimate.h"

#include "costs.h"
#include "suspend_rule.h"

#define PAGE_BYTES		4096.0
/* Names a page in a record, be it with its content or all that there is to say. */
#define ENTRY_BYTES		8.0
/* The copy's length depends on what is written meanwhile: near enough after so many steps. */
#define COPY_STEPS		30
/* What falls by no more than this within a quarter of the watch is steady. */
#define STEADY			0.99
/* A mean over time is that of so many moments. */
#define MEAN_STEPS		16
/* A demanded page and its neighbours: the default of --prepull. */
#define FAULT_BRINGS		(1 + 8)
/* Stage three is followed in so many steps. */
#define FAULT_STEPS		1000

/**
 * struct course - a migration being followed
 * @seen: of the guest
 * @mode: what crosses when
 * @pages_per_s: that the link carries
 * @slow: how much longer everything takes here than where the costs were measured
 * @pace: of the guest in stage one, by what it was when it was watched
 * @last_pace: the same in rounds and in stage three, which keep the hosts busier
 * @lead_s: from the start until log-dirty is on
 * @copied_s: the copy is over
 * @last_s: length of the last round
 * @backlog: pages that were sent, and that the link has not carried yet
 * @suspend_s: the guest is asked to suspend
 * @content: pages that crossed with their content
 * @sum: result
 */
struct course {
	const struct tsmc_observations *seen;
	enum tsmc_mode mode;
	double pages_per_s;
	double slow;
	double pace;
	double last_pace;
	double lead_s;
	double copied_s;
	double last_s;
	double backlog;
	double suspend_s;
	double content;
	struct tsmc_estimate sum;
};

enum set { WAIT, WAIT_NEW, FIXED, FIXED_NEW, FREED };

static double lesser(double a, double b)
{
	return a < b ? a : b;
}

static double greater(double a, double b)
{
	return a > b ? a : b;
}

/*
 * How much longer everything takes on this host than where the costs were measured. What was quicker
 * counts: something else may have been in the way of the other, or it was the first of its kind. Of what
 * is slow half counts, since other work on a host comes and goes.
 */
static double slowness(const struct tsmc_observations *seen)
{
	double layout_s = seen->ram * TSMC_COST_LAYOUT_PAGE_NS / 1e9, slow;

	if (seen->find_s <= 0 || seen->layout_s <= 0)
		return 1;
	slow = lesser(seen->find_s / (TSMC_COST_FIND_NS / 1e9 + layout_s), seen->layout_s / greater(layout_s, 1e-9));
	return slow > 1 ? (1 + slow) / 2 : slow;
}

/* A cost here. */
static double cost_s(const struct course *course, double ns)
{
	return ns / 1e9 * course->slow;
}

/*
 * Pages cross, and are filled in. Hosts work while the link carries, but either waits for the other
 * now and then.
 */
static double cross_s(const struct course *course, double sent, double work_s)
{
	double link_s = sent / course->pages_per_s;

	return greater(link_s, work_s) + lesser(link_s, work_s) * TSMC_COST_IN_TURNS;
}

static double of_look(const struct tsmc_look *look, enum set set)
{
	switch (set) {
	case WAIT:
		return look->wait;
	case WAIT_NEW:
		return look->wait_new;
	case FIXED:
		return look->fixed;
	case FIXED_NEW:
		return look->fixed_new;
	default:
		return look->freed;
	}
}

/* Pages that there are to be written. */
static double bound(const struct tsmc_observations *seen, enum set set)
{
	switch (set) {
	case WAIT:
		return seen->wait;
	case FIXED:
		return seen->fixed;
	default:
		return seen->ram - lesser(seen->ram, seen->wait + seen->fixed);
	}
}

/* During the watch: on a line between the looks, from none at all. */
static double within(const struct tsmc_observations *seen, enum set set, double at_s)
{
	double before_s = 0, before = 0;

	for (unsigned int i = 0; i < seen->nr_looks; i++) {
		const struct tsmc_look *look = &seen->looks[i];
		double value = of_look(look, set);

		if (at_s <= look->at_s)
			return before + (value - before) * (at_s - before_s) / greater(look->at_s - before_s, 1e-9);
		before_s = look->at_s;
		before = value;
	}
	return before;
}

/*
 * Beyond the watch: each further quarter of its length brings q times what the one before brought,
 * q being what the last quarter brought against the third. It never grows, and what hardly falls is
 * taken not to fall.
 */
static double beyond(const struct tsmc_observations *seen, enum set set, double at_s)
{
	double end_s = seen->looks[seen->nr_looks - 1].at_s, quarter_s = end_s / 4;
	double sum = within(seen, set, end_s);
	double step = sum - within(seen, set, end_s - quarter_s);
	double before = sum - step - within(seen, set, end_s - 2 * quarter_s);
	double q = before > step ? step / before : 1;

	if (q > STEADY)
		return sum + step * (at_s - end_s) / quarter_s;
	for (double left_s = at_s - end_s; left_s > 0 && step > 1e-3; left_s -= quarter_s) {
		step *= q;
		sum += step * lesser(left_s / quarter_s, 1);
	}
	return sum;
}

/* Pages of a set that were written, each counted once. */
static double written(const struct tsmc_observations *seen, enum set set, double at_s)
{
	if (!seen->nr_looks || at_s <= seen->looks[seen->nr_looks - 1].at_s)
		return within(seen, set, at_s);
	return lesser(beyond(seen, set, at_s), bound(seen, set));
}

static double written_wait(const struct course *course, double at_s)
{
	return written(course->seen, WAIT, at_s) + written(course->seen, WAIT_NEW, at_s);
}

/* Pages written that have to cross before the guest goes on. */
static double written_first(const struct course *course, double at_s)
{
	double fixed = written(course->seen, FIXED, at_s) + written(course->seen, FIXED_NEW, at_s);

	if (course->mode != TSMC_MODE_PRECOPY)
		return fixed;
	return fixed + written_wait(course, at_s) + written(course->seen, FREED, at_s);
}

/*
 * The same, of a record that is new: on a line between the lengths that were seen. What a longer one
 * adds is what the watch added after such a time.
 */
static double written_again(const struct course *course, double real_s)
{
	double before_s = 0, before = 0, length_s = real_s * course->last_pace;

	for (unsigned int i = 0; i < TSMC_AGAIN_NR; i++) {
		const struct tsmc_again *again = &course->seen->again[i];
		double value = course->mode == TSMC_MODE_PRECOPY ? again->all : again->fixed;

		if (length_s <= again->length_s)
			return before + (value - before) * (length_s - before_s) / greater(again->length_s - before_s, 1e-9);
		before_s = again->length_s;
		before = value;
	}
	return before + greater(written_first(course, length_s) - written_first(course, before_s), 0);
}

/* Pages in use, or all when nobody knows, that are not all zero. */
static double with_content(const struct course *course)
{
	const struct tsmc_observations *seen = course->seen;
	double fixed = seen->fixed * (1 - seen->zero_fixed), wait = seen->wait * (1 - seen->zero_wait);

	if (course->mode == TSMC_MODE_POSTCOPY)
		return fixed;
	if (course->mode == TSMC_MODE_THREE_STAGE)
		return fixed + wait;
	return fixed + wait + bound(seen, FREED) * (1 - seen->zero_free);
}

/* Mean of what is written by the moments of a time in stage one. */
static double mean(const struct course *course, double (*of)(const struct course *course, double at_s),
		   double begin_s, double length_s)
{
	double sum = 0;

	for (unsigned int i = 0; i < MEAN_STEPS; i++)
		sum += of(course, (begin_s + length_s * (i + 0.5) / MEAN_STEPS) * course->pace);
	return sum / MEAN_STEPS;
}

static double copied_wait(const struct course *course, double at_s)
{
	return written(course->seen, WAIT, at_s);
}

/*
 * Pages that need not be copied because they were written before their turn. Those that cannot wait
 * come last, in precopy nothing does; the turns of all others are taken for random.
 */
static double spared(const struct course *course, double begin_s, double length_s)
{
	const struct tsmc_observations *seen = course->seen;
	double fixed = written(seen, FIXED, (begin_s + length_s) * course->pace);

	if (course->mode == TSMC_MODE_POSTCOPY)
		return fixed;
	if (course->mode == TSMC_MODE_PRECOPY)
		return mean(course, written_first, begin_s, length_s);
	return fixed + mean(course, copied_wait, begin_s, length_s * seen->wait / greater(seen->wait + seen->fixed, 1));
}

/* Pages that the source maps and looks at, whether they cross or not. */
static double looked_at(const struct course *course)
{
	const struct tsmc_observations *seen = course->seen;

	if (course->mode == TSMC_MODE_POSTCOPY)
		return seen->fixed;
	return course->mode == TSMC_MODE_PRECOPY ? seen->ram : seen->wait + seen->fixed;
}

static void copy(struct course *course)
{
	const struct tsmc_observations *seen = course->seen;
	double build_s = cost_s(course, TSMC_COST_BUILD_NS + seen->ram * TSMC_COST_BUILD_PAGE_NS);
	double begin_s = course->mode == TSMC_MODE_PRECOPY ? build_s : greater(build_s, seen->scan_s);
	double length_s = 0, sent = 0, work_s;

	for (unsigned int i = 0; i < COPY_STEPS; i++) {
		sent = greater(with_content(course) - spared(course, begin_s, length_s), 0);
		/* Halfway from the step before: what is sent for longer is spared more. */
		work_s = looked_at(course) * seen->page_s + cost_s(course, sent * TSMC_COST_PAGE_NS);
		length_s += (cross_s(course, sent, work_s) - length_s) / 2;
	}
	course->content += sent;
	course->copied_s = greater(begin_s + length_s, cost_s(course, TSMC_COST_PLUGGED_NS) - course->lead_s);
}

/* Sends after some other work; waits only for what the pipe does not take in. Returns how long that took. */
static double send(struct course *course, double sent, double work_s)
{
	double room = TSMC_COST_PIPE_BYTES / PAGE_BYTES;
	double length_s = work_s + greater(course->backlog + sent - room, 0) / course->pages_per_s;

	course->content += sent;
	course->backlog = greater(course->backlog + sent - course->pages_per_s * length_s, 0);
	return length_s;
}

/* The target has said that its devices are plugged, so there is no backlog. */
static void rounds(struct course *course)
{
	struct tsmc_suspend_stats stats = { .precopy = course->mode == TSMC_MODE_PRECOPY, .rounds = 1,
					    .sent = UINT64_MAX };
	double sent = written_first(course, course->copied_s * course->pace);

	course->suspend_s = course->copied_s;
	do {
		course->last_s = send(course, sent, cost_s(course, TSMC_COST_ROUND_NS));
		course->suspend_s += course->last_s;
		stats.before = stats.sent;
		stats.sent = (uint64_t)sent;
		stats.rounds++;
		sent = written_again(course, course->last_s);
	} while (tsmc_suspend_rule(&stats) == TSMC_SUSPEND_LATER);
	course->sum.rounds = stats.rounds;
}

/* The guest goes on until it has suspended, and the link carries the backlog meanwhile. */
static void stage_two(struct course *course)
{
	double suspend_s = cost_s(course, TSMC_COST_SUSPEND_NS);
	double sent = written_again(course, course->last_s + suspend_s) + TSMC_COST_SUSPEND_PAGES;

	course->sum.readiness_s = course->lead_s + course->suspend_s;
	send(course, 0, suspend_s);
	course->sum.downtime_s = suspend_s + cost_s(course, TSMC_COST_SWITCH_NS) +
				 (course->backlog + sent) / course->pages_per_s;
	course->content += sent;
}

/* Is a page missing yet? Hot ones come first and in the right order, the others after them in any. */
static double absent(double rank, double came, double hot, double missing)
{
	if (rank < hot)
		return came <= rank;
	return 1 - lesser(greater(came - hot, 0) / greater(missing - hot, 1), 1);
}

/*
 * The guest comes to missing pages at the pace at which it came to write pages when the watch began,
 * hot ones first, and waits at those that are not there yet. A vCPU that waits does nothing else, and
 * what comes for it brings its neighbours along. Its processes run again only when its devices are
 * connected, and pages cross meanwhile.
 */
static double faults(const struct course *course, double missing, double length_s)
{
	const struct tsmc_observations *seen = course->seen;
	double step_s = length_s / FAULT_STEPS, own_s = 0, rank = 0, sum = 0;
	double hot = lesser(seen->hot, missing), most = seen->nr_vcpus * step_s / cost_s(course, TSMC_COST_FAULT_NS);
	unsigned int thawed = lesser(cost_s(course, TSMC_COST_THAW_NS) / step_s, FAULT_STEPS);

	for (unsigned int i = thawed; i < FAULT_STEPS && rank < missing; i++) {
		double next = lesser(written_wait(course, own_s + step_s * course->last_pace), missing);
		double waits = (next - rank) * absent(rank, missing * (i + 1) / FAULT_STEPS, hot, missing) / FAULT_BRINGS;
		double share = waits > most ? most / waits : 1;

		sum += waits * share;
		rank += (next - rank) * share;
		own_s += step_s * course->last_pace * share;
	}
	return sum;
}

static void stage_three(struct course *course)
{
	const struct tsmc_observations *seen = course->seen;
	double own_s = course->suspend_s * course->pace;
	double missing = written_wait(course, own_s), sent = missing, page_s;

	course->sum.recovery_s = cost_s(course, TSMC_COST_COMPLETE_NS);
	if (course->mode == TSMC_MODE_PRECOPY)
		return;
	if (course->mode == TSMC_MODE_POSTCOPY) {
		missing = seen->wait + written(seen, WAIT_NEW, own_s);
		sent = missing - seen->wait * seen->zero_wait;
	}
	page_s = cross_s(course, sent, cost_s(course, missing * TSMC_COST_INSTALL_NS));
	course->content += sent;
	course->sum.missing = (uint64_t)missing;
	course->sum.faults = (uint64_t)(faults(course, missing, page_s) +
					TSMC_COST_READ_FAULTS * missing / greater(greater(seen->wait, missing), 1));
	course->sum.recovery_s += page_s;
}

/**
 * tsmc_estimate - what a migration would be like
 * @seen: of the guest
 * @bytes_per_s: that the link carries; one that carries nothing is taken for 1
 * @mode: which migration
 *
 * Return: the estimate. In a mode that needs the module, for a guest without one,
 * that of precopy, which is what would be done.
 */
struct tsmc_estimate tsmc_estimate(const struct tsmc_observations *seen, double bytes_per_s,
				   enum tsmc_mode mode)
{
	struct course course = { .seen = seen, .mode = seen->advised ? mode : TSMC_MODE_PRECOPY,
				 .pages_per_s = greater(bytes_per_s, 1) / (PAGE_BYTES + ENTRY_BYTES),
				 .slow = slowness(seen) };
	/* Dom0 leaves the guest little time where both need the same processor. */
	bool shared = seen->nr_cpus <= seen->nr_vcpus;

	course.pace = shared ? TSMC_COST_SHARED_PACE : 1;
	course.last_pace = shared ? TSMC_COST_SHARED_LAST_PACE : 1;
	course.lead_s = cost_s(&course, TSMC_COST_REACH_NS) + seen->find_s;
	copy(&course);
	rounds(&course);
	stage_two(&course);
	stage_three(&course);
	course.sum.pages = (uint64_t)course.content;
	course.sum.bytes = (uint64_t)(course.content * (PAGE_BYTES + ENTRY_BYTES) + seen->ram * ENTRY_BYTES +
				      TSMC_COST_HEAD_BYTES);
	return course.sum;
}
