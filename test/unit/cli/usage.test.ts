import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commandList';
import { COMMON_OPTIONS } from '../../../src/cli/optionSpecs';
import { version } from '../../../package.json';
import { runInProcess } from './runInProcess';

describe('wrong usage', () => {
  it.each([
    ['', 'No command is given. See onnx-press --help.'],
    ['quantise a.onnx', 'There is no command quantise. Did you mean quantize? See onnx-press --help.'],
    ['xyzzy', 'There is no command xyzzy. See onnx-press --help.'],
    ['prune a.onnx', 'prune needs --method: magnitude, nm, block, channel, depth, low-rank.'],
    ['prune a.onnx --method nm --amount 0.3', '--amount changes nothing with --method nm. Leave it out, or choose'],
    ['prune a.onnx --method nm --nm 4:4', '--nm 4:4 removes nothing. Give N below M: 2:4.'],
    ['prune a.onnx --method nm --nm 2-4', '--nm 2-4 is not understood. Write it like --nm 2:4.'],
    ['prune a.onnx --method channel --amount 30', '--amount 30 is not possible. Give a share above 0, up to 1: 0.3.'],
    ['prune a.onnx --method channel --amount 0.3 --target-macs 0.5', '--amount and --target-macs exclude each other.'],
    [
      'prune a.onnx --method channel --auto',
      '--auto needs a budget: --target-macs, --target-size or --target-latency.',
    ],
    ['prune a.onnx --method channel --target-size 0.5', '--target-size needs --auto'],
    ['prune a.onnx --method nm --auto', '--auto changes nothing with --method nm.'],
    [
      'prune a.onnx --method channel --importance taylor',
      '--importance taylor needs samples with labels: give --data.',
    ],
    ['prune a.onnx --method channel --importance tailor', '--importance tailor is not possible. Did you mean taylor?'],
    ['inspect', 'inspect needs MODEL: onnx-press inspect MODEL [options]. See onnx-press inspect --help.'],
    ['compare a.onnx', 'compare needs B: onnx-press compare A B [options].'],
    ['inspect a.onnx b.onnx', 'inspect does not take "b.onnx"'],
    ['quantize a.onnx --modes fp16', 'quantize has no option --modes. Did you mean --mode?'],
    ['quantize a.onnx --mode statc', '--mode statc is not possible. Did you mean static?'],
    ['quantize a.onnx --data', '--data needs a value: --data PATH.'],
    ['quantize a.onnx --data --quiet', '--data needs a value: --data PATH.'],
    ['quantize a.onnx --threads many', '--threads many is not possible. Give a whole number from 0 to 256.'],
    ['quantize a.onnx --seed -1', '--seed -1 is not possible.'],
    ['quantize a.onnx --quiet=yes', '--quiet takes no value.'],
    [
      'quantize a.onnx --mode fp16 --bits 4',
      '--bits changes nothing with --mode fp16. Leave it out, or choose --mode static or weights.',
    ],
    ['quantize a.onnx --mode weights --block 48', '--block 48 is not possible. Give a power of two'],
    [
      'profile a.onnx --provider tpu',
      '--provider tpu is not possible. Did you mean cpu? Choose cpu, webgpu, cuda, dml, coreml.',
    ],
    ['quantize a.onnx --data d --synthetic', '--data and --synthetic exclude each other.'],
    ['quantize a.onnx --eval-data d', '--eval-data measures only; static mode also needs --data to calibrate.'],
    ['quantize a.onnx --shape 3x4', '--shape 3x4 is not understood. Write it like --shape NAME=1x576.'],
    ['evaluate a.onnx --fill x=', '--fill x= is not understood. Write it like --fill NAME=16000.'],
  ])('"%s" exits 2 and says what to write', async (line, message) => {
    const run = await runInProcess(line.split(' ').filter((arg) => arg !== ''));
    expect({ exitCode: run.exitCode, stdout: run.stdout, lines: run.stderr.split('\n').length }).toEqual({
      ...{ exitCode: 2, stdout: '', lines: 2 },
    });
    expect(run.stderr).toContain(`onnx-press: ${message}`);
  });

  it('says it as JSON too when asked for JSON', async () => {
    const run = await runInProcess(['evaluate', 'a.onnx', '--jsn', '--json']);
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'usage' } });
    expect(run.stderr).toContain('Did you mean --json?');
  });
});

describe('help and version', () => {
  it('lists every command and every option that all of them take', async () => {
    const { exitCode, stdout } = await runInProcess(['--help']);
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    for (const { name, summary } of COMMANDS) {
      expect(lines.some((line) => line.startsWith(`  ${name}`) && line.endsWith(`  ${summary}`))).toBe(true);
    }
    for (const name of Object.keys(COMMON_OPTIONS)) expect(stdout).toContain(`  --${name}`);
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    'of %s names its options, and its examples parse',
    async (name, command) => {
      const { exitCode, stdout } = await runInProcess([name, '--help']);
      expect(exitCode).toBe(0);
      for (const option of Object.keys(command.options)) expect(stdout).toContain(`  --${option}`);
      for (const example of command.examples) {
        const args = (example.match(/"[^"]*"|\S+/g) ?? []).map((arg) => arg.replaceAll('"', ''));
        // Help wins over everything but a wrong option or value.
        expect(await runInProcess([...args, '--help'])).toEqual({ exitCode: 0, stdout, stderr: '' });
      }
    },
  );

  it('prints the version, and the help of a command by "help"', async () => {
    expect((await runInProcess(['--version'])).stdout).toBe(`${version}\n`);
    expect((await runInProcess(['help', 'compare'])).stdout).toBe((await runInProcess(['compare', '-h'])).stdout);
  });
});
