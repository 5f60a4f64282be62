// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"

#define LISTEN_BACKLOG	16

/**
 * listen_at() - make a socket that is ready for clients as soon as its path exists
 * @path: path of the socket; one left behind by another server is replaced
 *
 * Between bind(2) and listen(2) a socket exists and refuses connections, so these happen under
 * another name.
 *
 * Return: the descriptor, or -1 with errno set.
 */
int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err;

	if (snprintf(addr.sun_path, sizeof(addr.sun_path), "%s~", path) >=
	    (int)sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	unlink(addr.sun_path);
	if (!bind(fd, (struct sockaddr *)&addr, sizeof(addr)) && !listen(fd, LISTEN_BACKLOG) &&
	    !rename(addr.sun_path, path))
		return fd;
	err = errno;
	close(fd);
	unlink(addr.sun_path);
	errno = err;
	return -1;
}
