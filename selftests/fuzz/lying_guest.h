/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that publishes a sound hint table at first and is changed by an input
 * while the agent reads it. Takes the place of Xen and of the clock.
 */
#ifndef TSMC_LYING_GUEST_H
#define TSMC_LYING_GUEST_H

#include "fuzz.h"

/* Frames the guest has, and those of them with memory of their own: the others repeat it. */
#define GUEST_GFNS	640u
#define GUEST_FRAMES	32u

/* What is in which frame before an input changes it. */
enum guest_frame {
	FRAME_HEADER = 1, FRAME_DIRECTORY, FRAME_TABLE, FRAME_SPACES = 5, FRAME_ROOT, FRAME_LEVEL_3,
	FRAME_LEVEL_2, FRAME_LEVEL_1, FRAME_ROOT_OF_5 = 14,
};

/* What a change does; its frame is in the lower bits. */
enum guest_change {
	CHANGE_WORD, CHANGE_BYTE, CHANGE_FILL, CHANGE_HOLE, CHANGE_HEADER_GFN, CHANGE_TEXT,
	CHANGE_ENTRIES, CHANGE_COPY,
};

#define GUEST_CHANGE_SHIFT	5
/* A change: after how many looks of the agent (1 byte), what and where (1), offset (2), value (8). */
#define GUEST_CHANGE_BYTES	12u

/* A sound guest; the rest of the input changes it as time goes on. */
void guest_begin(struct fuzz_input *changes);
/* How often the agent has looked at it. */
unsigned int guest_looks(void);

#endif /* TSMC_LYING_GUEST_H */
