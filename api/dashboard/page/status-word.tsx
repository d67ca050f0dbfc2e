const signs: Readonly<Record<string, string>> = {
  confirmed: '✓',
  shipped: '✓',
  delivered: '✓',
  rejected: '✕',
  declined: '✕',
  expired: '✕',
  cancelled: '✕',
};

/** An order's status as a word with a sign: colour alone tells nobody anything. */
export const StatusWord = ({ status }: { status: string }) => {
  const sign = signs[status] ?? '…';
  return (
    <span class={`word ${sign === '✓' ? 'good' : sign === '✕' ? 'bad' : 'open'}`}>
      <span aria-hidden="true">{sign}</span> {status}
    </span>
  );
};
