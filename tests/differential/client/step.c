// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads steps, a line each, and does them. An answer is NAME=VALUE lines and a line with a dot.
 *
 *	steps <LINE >LINE
 *
 * Values that begin with ~ are digests of something random: only whether two of them are the
 * same tells anything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "step.h"

struct kind {
	const char *name;
	void (*run)(const struct step *step);
};

static const struct kind kinds[] = {
	{ "sev", sev_step },
	{ "kvm", kvm_step },
	{ "load", load_step },
	{ "unload", unload_step },
	{ "bind", bind_step },
	{ "unbind", unbind_step },
	{ "sleep", sleep_step },
	{ "cpu", cpu_step },
	{ "nv", nv_step },
	{ "kill", kill_step },
	{ "hold", hold_step },
	{ "reset", reset_step },
};

/**
 * step_word() - a word of a step
 * @step: the step
 * @index: from 0
 *
 * Return: the word, empty if there aren't so many.
 */
const char *step_word(const struct step *step, int index)
{
	return index < step->words ? step->word[index] : "";
}

/**
 * step_option() - the value of NAME=VALUE
 * @step: the step
 * @name: which
 *
 * Return: the value, or NULL.
 */
const char *step_option(const struct step *step, const char *name)
{
	size_t len = strlen(name);

	for (int i = 1; i < step->words; i++)
		if (!strncmp(step->word[i], name, len) && step->word[i][len] == '=')
			return step->word[i] + len + 1;
	return NULL;
}

/**
 * step_number() - the number in NAME=NUMBER
 * @step: the step
 * @name: which
 * @usual: without it
 *
 * Return: the number.
 */
uint64_t step_number(const struct step *step, const char *name, uint64_t usual)
{
	const char *value = step_option(step, name);

	return value ? strtoull(value, NULL, 0) : usual;
}

static void run(char *line)
{
	struct step step = { 0 };
	char *save;

	for (char *word = strtok_r(line, " \r\n", &save); word && step.words < WORDS_MAX;
	     word = strtok_r(NULL, " \r\n", &save))
		step.word[step.words++] = word;
	memory_fresh();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].name, step_word(&step, 0))) {
			kinds[i].run(&step);
			log_say();
			return;
		}
	}
	say("unknown", "%s", step_word(&step, 0));
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;

	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	memory_init();
	log_init();
	printf("ready\n.\n");
	fflush(stdout);
	while (getline(&line, &size, stdin) > 0 && strcmp(line, "end\n")) {
		run(line);
		printf(".\n");
		fflush(stdout);
	}
	kvm_end();
	return 0;
}
