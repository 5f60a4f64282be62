// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

#define FAULT_MAX	32
#define DELAY_MAX_MS	(INT_MAX / 1000)
#define FAULT_TEXT	160

struct fault {
	int number;		/* 0 is an empty slot */
	enum psp_unit unit;
	uint32_t id;
	uint32_t skip;		/* matches that are still let through */
	uint32_t left;		/* matches that are still hit; UINT32_MAX has no end */
	uint32_t hits;
	struct fault_action action;
	char text[FAULT_TEXT];
};

struct faults {
	struct fault slot[FAULT_MAX];
	int last_number;
};

/* One key of a description. @value is NULL for a key without "=". */
struct fault_key {
	const char *name;
	bool (*set)(struct fault *fault, const char *value);
};

static bool parse_u32(const char *text, uint32_t *out)
{
	unsigned long v;
	char *end;

	if (!text || !*text)
		return false;
	errno = 0;
	v = strtoul(text, &end, 0);
	if (*end || errno || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool set_status(struct fault *f, const char *v)
{
	f->action.has_status = true;
	return parse_u32(v, &f->action.status) && f->action.status <= 0xffff;
}

static bool set_exec(struct fault *f, const char *v)
{
	f->action.exec = true;
	return !v;
}

static bool set_hang(struct fault *f, const char *v)
{
	f->action.hang = true;
	return !v;
}

static bool set_lost_irq(struct fault *f, const char *v)
{
	f->action.lost_irq = true;
	return !v;
}

static bool set_spurious_irq(struct fault *f, const char *v)
{
	f->action.spurious_irq = true;
	return !v;
}

static bool set_garbage(struct fault *f, const char *v)
{
	f->action.has_garbage = true;
	f->action.garbage = UINT32_MAX;
	return !v || parse_u32(v, &f->action.garbage);
}

static bool set_delay(struct fault *f, const char *v)
{
	return parse_u32(v, &f->action.delay_ms) && f->action.delay_ms <= DELAY_MAX_MS;
}

static bool set_late_irq(struct fault *f, const char *v)
{
	return parse_u32(v, &f->action.late_irq_ms) && f->action.late_irq_ms &&
	       f->action.late_irq_ms <= DELAY_MAX_MS;
}

static bool set_count(struct fault *f, const char *v)
{
	return parse_u32(v, &f->left) && f->left;
}

static bool set_after(struct fault *f, const char *v)
{
	return parse_u32(v, &f->skip);
}

static const struct fault_key keys[] = {
	{ "status", set_status },
	{ "exec", set_exec },
	{ "hang", set_hang },
	{ "lost-irq", set_lost_irq },
	{ "spurious-irq", set_spurious_irq },
	{ "garbage", set_garbage },
	{ "delay", set_delay },
	{ "late-irq", set_late_irq },
	{ "count", set_count },
	{ "after", set_after },
};

static bool parse_unit(const char *text, enum psp_unit *unit)
{
	for (int u = 0; u < UNIT_COUNT; u++) {
		if (!strcmp(text, unit_name((enum psp_unit)u))) {
			*unit = (enum psp_unit)u;
			return true;
		}
	}
	return false;
}

static bool set_key(struct fault *f, const char *name, const char *value)
{
	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].name, name))
			return keys[i].set(f, value);
	return false;
}

static bool does_something(const struct fault_action *a)
{
	return a->has_status || a->hang || a->lost_irq || a->spurious_irq || a->has_garbage ||
	       a->delay_ms || a->late_irq_ms;
}

static int parse_spec(struct fault *f, const char *spec, char *err, unsigned int err_len)
{
	char copy[FAULT_TEXT], *save, *word;
	const char *cmd = "any";

	if (strlen(spec) >= sizeof(copy)) {
		snprintf(err, err_len, "fault description is too long");
		return -EINVAL;
	}
	memcpy(copy, spec, strlen(spec) + 1);
	memcpy(f->text, spec, strlen(spec) + 1);
	for (word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *value = strchr(word, '=');
		bool ok;

		if (value)
			*value++ = '\0';
		if (!strcmp(word, "cmd") && value) {
			cmd = value;
			ok = true;
		} else if (!strcmp(word, "unit") && value) {
			ok = parse_unit(value, &f->unit);
		} else {
			ok = set_key(f, word, value);
		}
		if (!ok) {
			snprintf(err, err_len, "bad fault description at '%s%s%s'", word,
				 value ? "=" : "", value ? value : "");
			return -EINVAL;
		}
	}
	if (!command_parse(f->unit, cmd, &f->id)) {
		snprintf(err, err_len, "unit %s has no command '%s'", unit_name(f->unit), cmd);
		return -EINVAL;
	}
	if (!does_something(&f->action)) {
		snprintf(err, err_len, "fault description '%s' does nothing", spec);
		return -EINVAL;
	}
	return 0;
}

/**
 * faults_new() - make an empty list of faults
 *
 * Return: the list, or NULL when memory is short.
 */
struct faults *faults_new(void)
{
	return calloc(1, sizeof(struct faults));
}

/**
 * faults_free() - free a list
 * @faults: the list
 */
void faults_free(struct faults *faults)
{
	free(faults);
}

/**
 * faults_add() - add a fault
 * @faults: the list
 * @spec: description, see README.md
 * @err: says what is wrong with the description
 * @err_len: size of @err
 *
 * Return: the fault's number (positive), -EINVAL, or -ENOSPC when the list is full.
 */
int faults_add(struct faults *faults, const char *spec, char *err, unsigned int err_len)
{
	struct fault f = { .unit = UNIT_SEV, .left = UINT32_MAX };
	int ret = parse_spec(&f, spec, err, err_len);

	if (ret)
		return ret;
	for (int i = 0; i < FAULT_MAX; i++) {
		if (!faults->slot[i].number) {
			f.number = ++faults->last_number;
			faults->slot[i] = f;
			return f.number;
		}
	}
	snprintf(err, err_len, "there are %d faults already", FAULT_MAX);
	return -ENOSPC;
}

/**
 * faults_remove() - remove one fault
 * @faults: the list
 * @number: number from faults_add()
 *
 * Return: false when there is no such fault.
 */
bool faults_remove(struct faults *faults, int number)
{
	for (int i = 0; i < FAULT_MAX; i++) {
		if (number && faults->slot[i].number == number) {
			faults->slot[i].number = 0;
			return true;
		}
	}
	return false;
}

/**
 * faults_clear() - remove all faults
 * @faults: the list
 */
void faults_clear(struct faults *faults)
{
	for (int i = 0; i < FAULT_MAX; i++)
		faults->slot[i].number = 0;
}

static struct fault *next_fault(struct faults *faults, int number)
{
	struct fault *best = NULL;

	for (int i = 0; i < FAULT_MAX; i++) {
		struct fault *f = &faults->slot[i];

		if (f->number > number && (!best || f->number < best->number))
			best = f;
	}
	return best;
}

/**
 * faults_match() - does a fault hit this command?
 * @faults: the list
 * @unit: interface on which the command came
 * @id: the command
 * @action: set to what shall happen; all zero when nothing does
 *
 * The oldest fault that matches wins. A fault that lets a command through (after=N) or that has
 * hit often enough (count=N) leaves it to the next one.
 *
 * Return: true when a fault hits.
 */
bool faults_match(struct faults *faults, enum psp_unit unit, uint32_t id,
		  struct fault_action *action)
{
	memset(action, 0, sizeof(*action));
	for (struct fault *f = next_fault(faults, 0); f; f = next_fault(faults, f->number)) {
		if (f->unit != unit || (f->id != FAULT_ANY && f->id != id) || !f->left)
			continue;
		if (f->skip) {
			f->skip--;
			continue;
		}
		if (f->left != UINT32_MAX)
			f->left--;
		f->hits++;
		*action = f->action;
		return true;
	}
	return false;
}

/**
 * faults_list() - describe all faults
 * @faults: the list
 * @emit: called with one line for each
 * @arg: first argument of @emit
 */
void faults_list(struct faults *faults, void (*emit)(void *arg, const char *line), void *arg)
{
	for (struct fault *f = next_fault(faults, 0); f; f = next_fault(faults, f->number)) {
		char line[FAULT_TEXT + 64];

		snprintf(line, sizeof(line), "%d %s hits=%u%s", f->number, f->text, f->hits,
			 f->left ? "" : " spent");
		emit(arg, line);
	}
}
