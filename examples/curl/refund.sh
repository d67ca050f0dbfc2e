#!/bin/sh
# Gives money of a confirmed order back. usage: refund.sh <order id> <amount in minor units>
# More than was captured and not yet given back is refused: 422 refund-exceeds-captured.
set -eu
order=${1:?the order id that place.sh printed}
amount=${2:?pence}
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
location=$(curl -sS --retry 5 --fail-with-body -o "$answer" -w '%header{location}' \
  "${API:?where the API is}/v1/orders/$order/refunds" --oauth2-bearer "${KEY:?an API key}" \
  -H "Idempotency-Key: refund-$order-$amount" --json "{\"amountMinor\":$amount,\"currency\":\"GBP\",\"reason\":\"late\"}") ||
  { code=$?; cat "$answer" >&2 || :; exit $code; } # a problem document says what to do
curl -sS --retry 5 --fail-with-body "$API$location" --oauth2-bearer "$KEY" -H 'Prefer: wait=10'
echo
