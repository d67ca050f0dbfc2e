const width = 24;
const redrawMs = 100;

export interface ProgressBar {
  step(name: string, done: number, of: number): void;
  /** Leaves the cursor on a fresh line. */
  end(): void;
}

/** Count, rate and time left on stderr, redrawn ten times a second; elsewhere than on a terminal one line a phase. */
export function createProgressBar(
  isQuiet: boolean,
  stream: NodeJS.WriteStream = process.stderr,
): ProgressBar {
  let phase = '';
  let began = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isOpen = false;
  const draw = (name: string, done: number, of: number): void => {
    const seconds = (performance.now() - began) / 1_000;
    const rate = done / Math.max(seconds, 0.001);
    const filled = Math.round((width * done) / of);
    const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
    const left = done < of ? `, ${Math.ceil((of - done) / Math.max(rate, 0.001))} s left` : '';
    stream.write(`\r\x1b[2K${name.padEnd(9)} ${bar} ${done}/${of}  ${rate.toFixed(0)}/s${left}`);
    isOpen = true;
  };
  return {
    step(name, done, of) {
      if (isQuiet) return;
      const now = performance.now();
      if (name !== phase) {
        phase = name;
        began = now;
        drawnAt = Number.NEGATIVE_INFINITY; // the first is always drawn, also by a process younger than the interval
      }
      if (!stream.isTTY) {
        if (done === of)
          stream.write(`${name}: ${done} of ${of} in ${((now - began) / 1_000).toFixed(1)} s\n`);
        return;
      }
      if (done < of && now - drawnAt < redrawMs) return;
      drawnAt = now;
      draw(name, done, of);
      if (done === of) this.end();
    },
    end() {
      if (isOpen) stream.write('\n');
      isOpen = false;
    },
  };
}
