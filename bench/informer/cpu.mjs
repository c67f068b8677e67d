// Imported before a program that knows nothing of it: tells on stderr how much processor time the program took, in milliseconds.
const before = process.cpuUsage();
process.on('exit', () => {
  const { user, system } = process.cpuUsage(before);
  process.stderr.write(`\ncpu ${Math.round((user + system) / 1000)}\n`);
});
