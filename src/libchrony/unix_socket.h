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

/* Close a socket. Where unix_socket_open made it, its file goes too; it is left alone where it is
   another one now. Keeps errno. */
void unix_socket_close(int fd);

#endif
