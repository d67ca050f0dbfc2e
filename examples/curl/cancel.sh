#!/bin/sh
# Cancels an order and shows what became of the wish. usage: cancel.sh <order id>
# 202 says that the wish is on the log; Location reads the order once it includes it: look at "requests".
set -eu
order=${1:?the order id that place.sh printed}
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
location=$(curl -sS --retry 5 --fail-with-body -o "$answer" -w '%header{location}' \
  "${API:?where the API is}/v1/orders/$order/cancel" --oauth2-bearer "${KEY:?an API key}" \
  -H "Idempotency-Key: cancel-$order" --json '{"reason":"changed-mind"}') ||
  { code=$?; cat "$answer" >&2 || :; exit $code; } # a problem document says what to do
curl -sS --retry 5 --fail-with-body "$API$location" --oauth2-bearer "$KEY" -H 'Prefer: wait=10'
echo
