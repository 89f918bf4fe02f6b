#!/bin/bash
# Is this container's process ready? Asks its admin listener without starting another Node.
# usage: healthcheck.sh PORT
exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET /healthz/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3 && read -r -t 3 _ status _ <&3 && [[ $status == 200 ]]
