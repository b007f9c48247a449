#!/bin/sh
# PID 1 of the node container: prepares what systemd expects of a machine, then becomes systemd.
set -eu

# Under cgroup v1 the container sees the host's hierarchy. systemd needs its own: enter a cgroup namespace, then mount every hierarchy anew.
if [ "${1:-}" != --in-cgroup-namespace ]; then
  exec unshare --cgroup -- "$0" --in-cgroup-namespace
fi
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
  awk '$3 == "cgroup" || $3 == "cgroup2" { print $2, $3, $4 }' /proc/mounts | while read -r place kind options; do
    case $options in
      *name=systemd*) wanted=none,name=systemd ;;
      *) wanted=$(printf %s "$options" | tr , '\n' | grep -vxE 'rw|ro|nosuid|nodev|noexec|relatime|xattr|nsdelegate' | paste -sd, -) ;;
    esac
    umount "$place"
    mount -t "$kind" -o "${wanted:-rw}" "$kind" "$place"
  done
fi

mount --make-rshared /
[ -s /etc/machine-id ] || systemd-machine-id-setup
[ -e /dev/kmsg ] || ln -s /dev/console /dev/kmsg

# Each node has SSH host keys of its own, made at its first start.
ssh-keygen -A

# Docker's own resolver, 127.0.0.11, would reach pods as a loop back to themselves, and CoreDNS refuses to start ("Loop detected").
# The cluster resolves names of its own only: nothing outside can be reached.
printf 'nameserver 192.0.2.53\noptions timeout:1 attempts:1\n' >/tmp/resolv.conf
cat /tmp/resolv.conf >/etc/resolv.conf

exec /lib/systemd/systemd --unit=multi-user.target
