// Opens a terminal in a pod: `node terminal.js shop web-0 sh`.
import { connect } from 'keelson';
import { Pod } from 'keelson/k8s';

const [namespace = 'default', pod = '', ...command] = process.argv.slice(2);
const { stdin, stdout } = process;
await using cluster = await connect();
const size = () => ({ columns: stdout.columns, rows: stdout.rows });
const pods = cluster.resource(Pod).in(namespace);
await using shell = await pods.openExec(pod, command.length > 0 ? command : ['sh'], { tty: true, size: size() });
stdout.on('resize', () => shell.resize(size()));
stdin.setRawMode?.(true);
const writer = shell.stdin.getWriter();
stdin.on('data', (keys: Buffer) => void writer.write(keys).catch(() => {}));
try {
  for await (const output of shell.stdout) stdout.write(output);
  process.exitCode = (await shell.exit).exitCode;
} finally {
  stdin.setRawMode?.(false);
  stdin.destroy();
}
