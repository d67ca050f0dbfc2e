import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { portHandover } from './port-handover.ts';

test('the kernel hands connections on only where it is told to', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-'));
  const file = path.join(folder, 'tcp_migrate_req');
  try {
    expect(portHandover(file).handsOn).toBe(false);
    writeFileSync(file, '0\n');
    expect(portHandover(file)).toMatchObject({ handsOn: false, told: expect.stringContaining('sysctl -w') });
    writeFileSync(file, '1\n');
    expect(portHandover(file)).toMatchObject({ handsOn: true, told: expect.not.stringContaining('sysctl') });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
