import { formatTime } from '../../meta/index.js';
import type { Clock } from '../../util/clock.js';
import { blockText } from './block-text.js';
import type { NodeAddresses } from './node-addresses.js';
import type { TemplateFunctions } from './template/template-functions.js';

const conditions = [
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['NetworkUnavailable', 'False', 'RouteCreated', 'RouteController created a route'],
].map(([type, status, reason, message]) => ({ type, status, reason, message }));

/** Makes the functions of templates that know the time and the addresses of a simulation. */
export class StageFunctions {
  readonly #shared: TemplateFunctions;
  readonly #addresses: NodeAddresses;

  constructor(clock: Clock, addresses: NodeAddresses) {
    this.#addresses = addresses;
    const started = formatTime(clock.now());
    this.#shared = {
      Now: () => formatTime(clock.now()),
      StartTime: () => started,
      Version: () => 'keelson',
      NodeConditions: () => conditions,
      YAML: (value, indent) => blockText(value, 2 * Number(indent ?? 0)),
      NodeIPWith: (node) => addresses.node(String(node)),
      NodeIPsWith: (node) => [addresses.node(String(node))],
      PodIPWith: (node, hostNetwork, uid) => addresses.pod(String(node), hostNetwork === true, String(uid)),
      PodIPsWith: (node, hostNetwork, uid) => [addresses.pod(String(node), hostNetwork === true, String(uid))],
    };
  }

  /** Returns the functions for templates of a node. */
  ofNode(name: string): TemplateFunctions {
    const addresses = this.#addresses;
    return {
      ...this.#shared,
      NodeName: () => name,
      NodeIP: () => addresses.node(name),
      NodeIPs: () => [addresses.node(name)],
      // Simulated nodes serve no kubelet API.
      NodePort: () => 0,
    };
  }

  /** Returns the functions for templates of a pod. */
  ofPod(node: string, uid: string): TemplateFunctions {
    const addresses = this.#addresses;
    return { ...this.#shared, NodeIP: () => addresses.node(node), PodIP: () => addresses.pod(node, false, uid) };
  }
}
