import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, platform, release, totalmem } from 'node:os';
import type { NodeSystemInfo } from '../../../../generated/core/v1.js';
import type { ContainerRuntime } from '../runtime/container-runtime.js';

/** The version of Kubernetes that this kubelet follows. */
export const KUBELET_VERSION = 'v1.36.2';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** Returns the machine's architecture in Go's words. */
export function machineArchitecture(): string {
  return ARCHITECTURES[arch()] ?? arch();
}

/** Returns the machine's operating system in Go's words. */
export function machineSystem(): string {
  return platform() === 'win32' ? 'windows' : platform();
}

/** Returns the facts about the machine in `status.nodeInfo`. */
export async function nodeInfo(runtime: ContainerRuntime): Promise<NodeSystemInfo> {
  const [machineID, bootID, systemUUID, osRelease] = await Promise.all([
    firstLine('/etc/machine-id'),
    firstLine('/proc/sys/kernel/random/boot_id'),
    firstLine('/sys/class/dmi/id/product_uuid'),
    readFile('/etc/os-release', 'utf8').catch(() => ''),
  ]);
  return {
    machineID,
    systemUUID: systemUUID || machineID,
    bootID,
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? machineSystem(),
    containerRuntimeVersion: `${runtime.name}://${runtime.version}`,
    kubeletVersion: KUBELET_VERSION,
    kubeProxyVersion: '',
    operatingSystem: machineSystem(),
    architecture: machineArchitecture(),
  };
}

/** Returns the CPUs and the memory of the machine, and room for so many pods. */
export function machineCapacity(maxPods: number): Record<string, string> {
  return {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    'ephemeral-storage': '100Gi',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    pods: String(maxPods),
  };
}

async function firstLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n')[0]?.trim() ?? '';
}
