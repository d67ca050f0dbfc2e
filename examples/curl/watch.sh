#!/bin/sh
# Shows what happens to an order, as it happens. usage: watch.sh <order id> [<seconds>]
# The stream stays open: Ctrl-C, or the seconds, end it. After a break, -H 'Last-Event-ID: <id>' goes on where it was.
set -eu
order=${1:?the order id that place.sh printed}
seconds=${2:-60}
events=${API:?where the API is}/v1/orders/$order/events
# Readers may be a moment behind the 202 (a 404 until then), unless they name its position, as its Location does.
curl -sS --retry 10 --retry-delay 1 --retry-all-errors --fail -o /dev/null "$events" --oauth2-bearer "${KEY:?an API key}"
code=0
curl -s --retry 5 --retry-max-time "$seconds" --fail-with-body -N --max-time "$seconds" "$events" \
  --oauth2-bearer "$KEY" -H 'Accept: text/event-stream' || code=$?
[ $code -eq 28 ] || { echo "the stream ended, curl's exit code is $code" >&2 && exit 1; } # 28: the time is over
