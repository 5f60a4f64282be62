/* SPDX-License-Identifier: GPL-2.0-only */
/* Interpreter of steps inside a machine: one line in, what happened out. */
#ifndef DIFFERENTIAL_STEP_H
#define DIFFERENTIAL_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE		0x1000u
#define WORDS_MAX	16

/**
 * struct step - one line, taken apart
 * @word: words in their order
 * @words: how many
 */
struct step {
	char *word[WORDS_MAX];
	int words;
};

/* step.c */
const char *step_word(const struct step *step, int index);
const char *step_option(const struct step *step, const char *name);
uint64_t step_number(const struct step *step, const char *name, uint64_t usual);

/* say.c: lines of an answer */
void say(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void say_errno(const char *name, int ret);
void say_hex(const char *name, const void *data, size_t len);
void say_random(const char *name, const void *data, size_t len);
void say_digest(const char *name, const void *data, size_t len);
void say_certs(const char *name, const uint8_t *data, size_t len);
uint64_t digest(const void *data, size_t len);

/* How a buffer's content is told */
enum content { CONTENT_PLAIN, CONTENT_CERTS, CONTENT_RANDOM };

/* memory.c: four areas, one for each pointer that a call has */
enum area { AREA_ARG, AREA_DATA, AREA_FIRST, AREA_SECOND, AREA_COUNT };

void memory_init(void);
void memory_fresh(void);
uint64_t memory_address(enum area area, const char *where);
void memory_put(enum area area, uint64_t at, const void *data, size_t len);
bool memory_get(enum area area, uint64_t at, void *data, size_t len);
void memory_changes(const char *name, enum area area, enum content content);

/* sev.c, kvm.c, life.c: kinds of steps */
void sev_step(const struct step *step);
void kvm_step(const struct step *step);
void kvm_end(void);
void load_step(const struct step *step);
void unload_step(const struct step *step);
void bind_step(const struct step *step);
void unbind_step(const struct step *step);
void sleep_step(const struct step *step);
void cpu_step(const struct step *step);
void nv_step(const struct step *step);
void kill_step(const struct step *step);
void reset_step(const struct step *step);
void hold_step(const struct step *step);

/* log.c */
void log_init(void);
void log_say(void);

#endif
