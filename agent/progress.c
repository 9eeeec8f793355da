// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

/* What changes is counted for so long before it is a rate. */
#define CHANGED_NS	1000000000ULL
/* Who holds the lock copies some words, or was killed meanwhile. */
#define TRIES		100

/**
 * struct tsmc_progress - in memory that is shared
 * @lock: guards all
 * @state: what is told of it
 * @changed: pages since @changed_ns
 * @changed_ns: 0: nobody counts yet
 */
struct tsmc_progress {
	pthread_mutex_t lock;
	struct tsmc_progress_state state;
	uint64_t changed, changed_ns;
};

/**
 * tsmc_progress_new - a migration begins
 * @ns: now
 *
 * Return: what is to be told of it, in its first step; NULL without memory.
 */
struct tsmc_progress *tsmc_progress_new(uint64_t ns)
{
	struct tsmc_progress *progress;
	pthread_mutexattr_t shared;

	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		return NULL;
	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&progress->lock, &shared);
	pthread_mutexattr_destroy(&shared);
	progress->state.begun_ns = ns;
	progress->state.sums.stage = 1;
	tsmc_progress_step(progress, ns, TSMC_STEP_REACH);
	return progress;
}

/**
 * tsmc_progress_free - end of it for this process
 * @progress: any, or NULL
 */
void tsmc_progress_free(struct tsmc_progress *progress)
{
	if (progress)
		munmap(progress, sizeof(*progress));
}

/**
 * tsmc_progress_step - a step begins
 * @progress: new, or NULL
 * @ns: now
 * @step: which; its stage is the one that the sums tell
 */
void tsmc_progress_step(struct tsmc_progress *progress, uint64_t ns, enum tsmc_step step)
{
	struct tsmc_progress_state *state;

	if (!progress)
		return;
	state = &progress->state;
	pthread_mutex_lock(&progress->lock);
	state->steps[state->nr_steps % TSMC_PROGRESS_STEPS] =
		(struct tsmc_step_begun){ .ns = ns, .step = step, .stage = state->sums.stage };
	state->nr_steps++;
	state->total = state->sums.left;
	pthread_mutex_unlock(&progress->lock);
}

/**
 * tsmc_progress_sums - what was done so far
 * @progress: new, or NULL
 * @sums: of the series
 */
void tsmc_progress_sums(struct tsmc_progress *progress, const struct tsmc_sample *sums)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->state.sums = *sums;
	if (sums->left > progress->state.total)
		progress->state.total = sums->left;
	pthread_mutex_unlock(&progress->lock);
}

/**
 * tsmc_progress_changed - the guest wrote to pages
 * @progress: new, or NULL
 * @ns: now
 * @pages: that the record of log-dirty names, and did not name at the call before
 *
 * Looks are many and find little: what they find in a second is one rate.
 */
void tsmc_progress_changed(struct tsmc_progress *progress, uint64_t ns, uint64_t pages)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->changed += pages;
	if (!progress->changed_ns) {
		progress->changed_ns = ns;
	} else if (ns >= progress->changed_ns + CHANGED_NS) {
		progress->state.changed_per_s = progress->changed * 1e9 / (ns - progress->changed_ns);
		progress->state.knows_changed = true;
		progress->changed = 0;
		progress->changed_ns = ns;
	}
	pthread_mutex_unlock(&progress->lock);
}

/**
 * tsmc_progress_classes - pages were sent with their content
 * @progress: new, or NULL
 * @before: counts of TSMC_CLASS_NR classes
 * @after: the same now
 */
void tsmc_progress_classes(struct tsmc_progress *progress, const uint64_t *before, const uint64_t *after)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++)
		progress->state.classes[class] += after[class] - before[class];
	pthread_mutex_unlock(&progress->lock);
}

/**
 * tsmc_progress_end - all is over
 * @progress: new, or NULL
 * @ns: now
 * @status: enum tsmc_exit
 */
void tsmc_progress_end(struct tsmc_progress *progress, uint64_t ns, int status)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->state.ended = true;
	progress->state.ended_ns = ns;
	progress->state.status = status;
	pthread_mutex_unlock(&progress->lock);
}

/**
 * tsmc_progress_look - how far a migration has come
 * @progress: new
 * @state: result
 *
 * Never waits: the agent may have been killed while it had the lock.
 *
 * Return: false when it cannot be had; @state is as before then.
 */
bool tsmc_progress_look(struct tsmc_progress *progress, struct tsmc_progress_state *state)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		if (!pthread_mutex_trylock(&progress->lock)) {
			*state = progress->state;
			pthread_mutex_unlock(&progress->lock);
			return true;
		}
		sched_yield();
	}
	return false;
}

/**
 * tsmc_progress_now - the step that a migration is in
 * @state: looked at
 *
 * Return: the last one that has begun.
 */
enum tsmc_step tsmc_progress_now(const struct tsmc_progress_state *state)
{
	return state->steps[(state->nr_steps - 1) % TSMC_PROGRESS_STEPS].step;
}

/**
 * tsmc_step_name - what programs are told
 * @step: below TSMC_STEP_NR
 *
 * Return: one word.
 */
const char *tsmc_step_name(enum tsmc_step step)
{
	static const char *const names[TSMC_STEP_NR] = {
		[TSMC_STEP_REACH] = "reach", [TSMC_STEP_COPY] = "copy", [TSMC_STEP_PLUG] = "plug",
		[TSMC_STEP_ROUNDS] = "rounds", [TSMC_STEP_SUSPEND] = "suspend", [TSMC_STEP_SWITCH] = "switch",
		[TSMC_STEP_VERIFY] = "verify", [TSMC_STEP_GIVE] = "give", [TSMC_STEP_PAGES] = "pages",
		[TSMC_STEP_REMOVE] = "remove", [TSMC_STEP_CALL] = "call", [TSMC_STEP_STOP] = "stop",
	};

	return names[step];
}
