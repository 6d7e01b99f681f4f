"""What a failure of the system means here, and what helps."""

from __future__ import annotations

import errno
import os
import stat

# The stages: what was being done when the system failed.
FINDING = "finding"  # the server's Unix socket was looked for
CONNECTING = "connecting"  # a socket was connected to the server's
BINDING = "binding"  # the client's own Unix socket was made
EXCHANGING = "exchanging"  # a datagram was sent or received

_USUAL = "chronyd's socket usually is /run/chrony/chronyd.sock"
_OWN = "the client makes its own socket beside chronyd's, "
_COMMAND_PORT = "the command port (127.0.0.1:323 unless chronyd's `cmdport` differs)"
_LEFT = "chronyd has ended and left its socket behind: start it again"

_RIGHTS = (
    "chronyd's Unix socket is for root and chronyd's own user alone, membership in its group does "
    f"not help; {_COMMAND_PORT} serves tracking, sources and others to any local user "
    "while chronyd runs"
)
_ROOTS_RIGHTS = (
    "root may, unless the capability CAP_DAC_OVERRIDE was taken from it or a security policy "
    f"(AppArmor, SELinux) forbids it; {_COMMAND_PORT} needs neither"
)

_READ_ONLY = (
    "and {folder} is read-only: make it writable (`ReadWritePaths={folder}` in a systemd unit, a "
    "writable mount in a container)"
)
_NOT_MADE = (
    "`bindcmdaddress` in chronyd's configuration puts it elsewhere, or chronyd has disabled it "
    "(its log says why), or a container does not have its folder"
)
_SILENT_HERE = (
    "a security policy (AppArmor, SELinux) keeps chronyd from answering here; or a container has "
    "only the socket mounted, and not its folder"
)

# For a user who may not use the Unix socket, where nothing listens on the command port.
NOT_FOR_THIS_USER = (
    "it does not run, or it has `cmdport 0` and its Unix socket is for root and chronyd's own user "
    "alone (membership in its group does not help)"
)

_EVERYWHERE = {
    errno.EMFILE: "this process has no descriptor left",
    errno.ENFILE: "this system has no descriptor left",
}

# By stage and errno.
_UNIX = {
    (FINDING, errno.ENOENT): (
        "chronyd does not run, or `bindcmdaddress` in its configuration puts its socket elsewhere, "
        "or it has disabled its socket (its log says why)"
    ),
    (FINDING, errno.ENOTDIR): f"there can be no socket; {_USUAL}",
    (FINDING, errno.ENOTSOCK): f"this is {{kind}}; {_USUAL}",
    (FINDING, errno.EACCES): "this user may not search the folder {closed}: {rights}",
    (CONNECTING, errno.EACCES): "this user may not write to the socket: {rights}",
    (CONNECTING, errno.EPERM): "this user may not write to the socket: {rights}",
    (CONNECTING, errno.ECONNREFUSED): _LEFT,
    (CONNECTING, errno.EPROTOTYPE): f"this is another program's socket; {_USUAL}",
    (BINDING, errno.ECONNREFUSED): _LEFT,
    (BINDING, errno.EROFS): f"{_OWN}{_READ_ONLY}, or use {_COMMAND_PORT}",
    (BINDING, errno.EACCES): f"{_OWN}and this user may not write to {{folder}}: {{rights}}",
    (BINDING, errno.EPERM): f"{_OWN}and this user may not write to {{folder}}: {{rights}}",
    (BINDING, errno.ELOOP): "this is a link: name the socket itself",
    (BINDING, errno.EMLINK): "this socket has another name too: it may be another program's",
    (BINDING, errno.ESTALE): f"{_OWN}and something else was put in its place in {{folder}}",
    (BINDING, errno.EOPNOTSUPP): (
        f"{_OWN}and cannot set its mode without /proc: mount that, or use {_COMMAND_PORT}"
    ),
    (EXCHANGING, errno.ECONNREFUSED): _LEFT,
    (EXCHANGING, errno.EACCES): (
        "a security policy (AppArmor, SELinux) forbids the exchange, the kernel's log says which; "
        f"or use {_COMMAND_PORT}"
    ),
}
_UDP = {
    errno.ECONNREFUSED: (
        "nothing listens there, is chronyd running? `cmdport` and `bindcmdaddress` in its "
        "configuration say where"
    ),
    errno.EACCES: "a firewall or a security policy forbids it",
    errno.EPERM: "a firewall or a security policy forbids it",
}

_LINK_LOCAL = "a link-local address needs a zone, and zones are not supported"

_SILENT = f"chronyd is stopped or hangs; or {_SILENT_HERE}"

# Waiting does not change these: rights, mounts, and a path that belongs to something else.
LASTING = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.EROFS),
        *(errno.ENOTSOCK, errno.ENOTDIR, errno.EPROTOTYPE, errno.ELOOP, errno.EMLINK),
        errno.EOPNOTSUPP,
    }
)

# What many connections at once use up: descriptors, memory and ports. EAGAIN is what a UDP socket
# meets that finds no port, ENOSPC an epoll that may watch no more.
RESOURCES = frozenset(
    {
        *(errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM),
        *(errno.EADDRNOTAVAIL, errno.EAGAIN, errno.ENOSPC),
    }
)


def explain(address: str, system_error: int, stage: str) -> str:
    """Return the system's own words for an errno, and what they mean here."""
    reason = os.strerror(system_error)
    if system_error in _EVERYWHERE:
        return f"{reason}: {_EVERYWHERE[system_error]}"
    if not address.startswith("/"):
        linked = system_error == errno.EINVAL and address.startswith("[fe80:")
        hint = _LINK_LOCAL if linked else _UDP.get(system_error)
        return f"{reason}: {hint}" if hint else reason
    hint = _UNIX.get((stage, system_error))
    if hint is None:
        return f"{reason}: {_OWN}in {os.path.dirname(address)}" if stage == BINDING else reason
    return f"{reason}: " + hint.format(
        folder=os.path.dirname(address),
        closed=_closed_folder(address),
        kind=_kind(address) if system_error == errno.ENOTSOCK else "",
        rights=_ROOTS_RIGHTS if os.geteuid() == 0 else _RIGHTS,
    )


def explain_silence(address: str) -> str:
    """Return the words for a request that was not answered in time."""
    return f"no answer in time: {_SILENT}" if address.startswith("/") else "no answer in time"


def explain_unused(address: str, system_error: int | None) -> str:
    """Return what helps where chronyd runs and its Unix socket fails. "" means: not known."""
    if system_error == errno.ENOENT:
        return _NOT_MADE
    if system_error == errno.ETIMEDOUT:
        return _SILENT_HERE
    if system_error == errno.EROFS:
        return f"{_OWN}{_READ_ONLY.format(folder=os.path.dirname(address))}"
    return ""


def _kind(path: str) -> str:
    try:
        return "a folder" if stat.S_ISDIR(os.lstat(path).st_mode) else "no socket"
    except OSError:
        return "no socket"


def _closed_folder(path: str) -> str:
    """Return the folder above `path` that may not be searched. It is the last visible one."""
    folder = os.path.dirname(path)
    while not os.path.exists(folder) and folder != "/":
        folder = os.path.dirname(folder)
    return folder
