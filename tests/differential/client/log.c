// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel complains about during a step. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "step.h"

static int kmsg = -1;

/* In the text of a line. What is complained about anywhere else is found in the console's log. */
static const char *const words[] = {
	"BUG: ", "WARNING: ", "Oops", "general protection", "refcount_t", "corruption",
	"unchecked MSR", "sysfs: cannot", "blocked for more", "page allocation failure",
	"Leaking", "eaked", "timed out",
};

static bool complains(const char *text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

/** log_init() - from here on */
void log_init(void)
{
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg >= 0)
		lseek(kmsg, 0, SEEK_END);
}

/* Addresses and times differ between machines: the words are enough. */
static void say_line(char *text)
{
	static char plain[512];
	size_t len = 0;

	text[strcspn(text, "\n")] = '\0';
	while (*text && len < sizeof(plain) - 1) {
		size_t number = strncmp(text, "0x", 2) ? strspn(text, "0123456789") :
				2 + strspn(text + 2, "0123456789abcdef");

		text += number;
		if (!number)
			plain[len++] = *text++;
	}
	plain[len] = '\0';
	say("log", "%s", plain);
}

/** log_say() - complaints since the last time */
void log_say(void)
{
	char record[2048], *text;
	ssize_t len;

	if (kmsg < 0)
		return;
	/* A record that is gone before it was read is an error once; then reading goes on. */
	for (int lost = 0; lost < 2;) {
		len = read(kmsg, record, sizeof(record) - 1);
		if (len <= 0) {
			lost++;
			continue;
		}
		record[len] = '\0';
		text = strchr(record, ';');
		if (text && complains(text + 1))
			say_line(text + 1);
	}
}
