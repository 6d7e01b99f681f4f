/* The client's end of a connection to chronyd's Unix socket, which is a file of its own. */
#ifndef UNIX_SOCKET_H
#define UNIX_SOCKET_H

/* Connect to the socket at that absolute path. Returns a descriptor, or -1 with errno set:
   ENOTSOCK, ELOOP           there is no socket, or a link
   EMLINK                    there is one that has another name too, or was moved there
   ESTALE                    somebody changed the folder meanwhile
   EOPNOTSUPP                the client's own socket cannot be opened to chronyd: there is no /proc,
                             and unshare() is not allowed
   and what open, connect and bind say. */
int unix_socket_open(const char *server);

/* Remove the file of a socket that unix_socket_open made; leave all others alone. Keeps errno. */
void unix_socket_remove_file(int fd);

#endif
