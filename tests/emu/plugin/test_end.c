// SPDX-License-Identifier: GPL-2.0-only
/* Runs what ends a program, and lives on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "test_end.h"

/**
 * ends() - insist on something that ends the program
 * @what: runs in a process of its own
 * @sentence: what that has to say, with status 1
 */
void ends(void (*what)(void), const char *sentence)
{
	char text[512] = "";
	int pipes[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		what();
		_exit(0);
	}
	close(pipes[1]);
	while ((n = read(pipes[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	if (!strstr(text, sentence))
		fail_msg("'%s' is not in '%s'", sentence, text);
}
