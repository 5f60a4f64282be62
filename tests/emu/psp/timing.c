// SPDX-License-Identifier: GPL-2.0-only
#include "timing.h"

#define FEW		32	/* one command in so many */
#define VERY_FEW	256

/* struct spread - how often something takes time, and how much */
struct spread {
	unsigned int one_in, least, most;
};

/* Short enough in sum to cost a test nothing, long enough to be on either side of every race. */
static const struct spread short_wait = { FEW, 100, 2000 };
static const struct spread long_start = { VERY_FEW, 5000, 30000 };
static const struct spread long_irq = { VERY_FEW, 4000, 12000 };

/* The next number of a sequence that @state determines (SplitMix64). */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned int draw(uint64_t *state, const struct spread *spread)
{
	uint64_t luck = next(state), much = next(state);

	if (luck % spread->one_in)
		return 0;
	return spread->least + (unsigned int)(much % (spread->most - spread->least + 1));
}

/**
 * timing_of() - when a command is answered
 * @seed: of the run, 0 for a machine that answers everything at once
 * @command: how many commands there were before it
 *
 * Return: the times, which depend on nothing else.
 */
struct timing timing_of(uint64_t seed, uint64_t command)
{
	uint64_t state = seed;
	struct timing t = { 0 };

	if (!seed)
		return t;
	state = next(&state) ^ command;
	t.start = draw(&state, &short_wait) + draw(&state, &long_start);
	t.answer = draw(&state, &short_wait);
	t.irq = draw(&state, &short_wait) + draw(&state, &long_irq);
	t.early_irq = next(&state) % FEW == 0;
	return t;
}
