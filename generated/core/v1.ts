// Made by `keelson generate`. Changes made here are lost.

import type { ByteSubresource, Condition, IntOrString, LabelSelector, ListMeta, MicroTime, ObjectMeta, Quantity, Resource, Subresource, Time } from '../../src/meta/index.js';
import type { TokenRequest } from '../authentication.k8s.io/v1.js';
import type { Scale } from '../autoscaling/v1.js';
import type { Eviction } from '../policy/v1.js';

export interface AWSElasticBlockStoreVolumeSource {
  fsType?: string | undefined;
  partition?: number | undefined;
  readOnly?: boolean | undefined;
  volumeID: string;
}

/** Rules for the place of a pod. */
export interface Affinity {
  /** Rules about the labels of nodes. */
  nodeAffinity?: NodeAffinity | undefined;
  /** Rules that place the pod near other pods. */
  podAffinity?: PodAffinity | undefined;
  /** Rules that keep the pod away from other pods. */
  podAntiAffinity?: PodAntiAffinity | undefined;
}

export interface AppArmorProfile {
  localhostProfile?: string | undefined;
  type: 'Localhost' | 'RuntimeDefault' | 'Unconfined';
}

export interface AttachedVolume {
  devicePath: string;
  name: string;
}

export interface AzureDiskVolumeSource {
  cachingMode?: 'None' | 'ReadOnly' | 'ReadWrite' | undefined;
  diskName: string;
  diskURI: string;
  fsType?: string | undefined;
  kind?: 'Dedicated' | 'Managed' | 'Shared' | undefined;
  readOnly?: boolean | undefined;
}

export interface AzureFilePersistentVolumeSource {
  readOnly?: boolean | undefined;
  secretName: string;
  secretNamespace?: string | undefined;
  shareName: string;
}

export interface AzureFileVolumeSource {
  readOnly?: boolean | undefined;
  secretName: string;
  shareName: string;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#binding-v1-core */
export interface Binding {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  target: ObjectReference;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#binding-v1-core */
export const Binding: Resource<Binding, 'Namespaced'> = {
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  singular: 'binding',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create'],
  subresources: {},
};

export interface CSIPersistentVolumeSource {
  controllerExpandSecretRef?: SecretReference | undefined;
  controllerPublishSecretRef?: SecretReference | undefined;
  driver: string;
  fsType?: string | undefined;
  nodeExpandSecretRef?: SecretReference | undefined;
  nodePublishSecretRef?: SecretReference | undefined;
  nodeStageSecretRef?: SecretReference | undefined;
  readOnly?: boolean | undefined;
  volumeAttributes?: { [key: string]: string } | undefined;
  volumeHandle: string;
}

export interface CSIVolumeSource {
  driver: string;
  fsType?: string | undefined;
  nodePublishSecretRef?: LocalObjectReference | undefined;
  readOnly?: boolean | undefined;
  volumeAttributes?: { [key: string]: string } | undefined;
}

export interface Capabilities {
  add?: string[] | undefined;
  drop?: string[] | undefined;
}

export interface CephFSPersistentVolumeSource {
  monitors: string[];
  path?: string | undefined;
  readOnly?: boolean | undefined;
  secretFile?: string | undefined;
  secretRef?: SecretReference | undefined;
  user?: string | undefined;
}

export interface CephFSVolumeSource {
  monitors: string[];
  path?: string | undefined;
  readOnly?: boolean | undefined;
  secretFile?: string | undefined;
  secretRef?: LocalObjectReference | undefined;
  user?: string | undefined;
}

export interface CinderPersistentVolumeSource {
  fsType?: string | undefined;
  readOnly?: boolean | undefined;
  secretRef?: SecretReference | undefined;
  volumeID: string;
}

export interface CinderVolumeSource {
  fsType?: string | undefined;
  readOnly?: boolean | undefined;
  secretRef?: LocalObjectReference | undefined;
  volumeID: string;
}

export interface ClientIPConfig {
  timeoutSeconds?: number | undefined;
}

export interface ClusterTrustBundleProjection {
  labelSelector?: LabelSelector | undefined;
  name?: string | undefined;
  optional?: boolean | undefined;
  path: string;
  signerName?: string | undefined;
}

export interface ComponentCondition {
  error?: string | undefined;
  message?: string | undefined;
  status: string;
  type: string;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#componentstatus-v1-core */
export interface ComponentStatus {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  conditions?: ComponentCondition[] | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#componentstatus-v1-core */
export const ComponentStatus: Resource<ComponentStatus, 'Cluster'> = {
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  shortNames: ['cs'],
  categories: [],
  scope: 'Cluster',
  verbs: ['get', 'list'],
  subresources: {},
};

export interface ComponentStatusList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ComponentStatus[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

/**
 * A config map holds settings as texts and bytes, at most 1 MiB.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#configmap-v1-core
 */
export interface ConfigMap {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** Bytes by key, in base64. */
  binaryData?: { [key: string]: string } | undefined;
  /** Texts by key. A key consists of letters, digits, `-`, `_` and `.`. */
  data?: { [key: string]: string } | undefined;
  /** True if the data cannot change any more. It cannot be unset. */
  immutable?: boolean | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
}

/**
 * A config map holds settings as texts and bytes, at most 1 MiB.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#configmap-v1-core
 */
export const ConfigMap: Resource<ConfigMap, 'Namespaced'> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface ConfigMapEnvSource {
  name?: string | undefined;
  optional?: boolean | undefined;
}

export interface ConfigMapKeySelector {
  key: string;
  name?: string | undefined;
  optional?: boolean | undefined;
}

export interface ConfigMapList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ConfigMap[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ConfigMapNodeConfigSource {
  kubeletConfigKey: string;
  name: string;
  namespace: string;
  resourceVersion?: string | undefined;
  uid?: string | undefined;
}

export interface ConfigMapProjection {
  items?: KeyToPath[] | undefined;
  name?: string | undefined;
  optional?: boolean | undefined;
}

export interface ConfigMapVolumeSource {
  defaultMode?: number | undefined;
  items?: KeyToPath[] | undefined;
  name?: string | undefined;
  optional?: boolean | undefined;
}

/** A container of a pod. */
export interface Container {
  /** The arguments of the program. Default: the image's. `$(NAME)` expands to an environment variable. */
  args?: string[] | undefined;
  /** The program, without a shell. Default: the image's entry point. `$(NAME)` expands to an environment variable. */
  command?: string[] | undefined;
  /** The environment variables. They win over those of `envFrom`. */
  env?: EnvVar[] | undefined;
  /** ConfigMaps and Secrets whose keys become environment variables. */
  envFrom?: EnvFromSource[] | undefined;
  /** The image. Templates may omit it if a tool fills it in. */
  image?: string | undefined;
  /** `Always`, `IfNotPresent` or `Never`. Default: `Always` for the tag `latest`, else `IfNotPresent`. */
  imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never' | undefined;
  /** Actions after the container starts and before it stops. */
  lifecycle?: Lifecycle | undefined;
  /** A probe that restarts the container when it fails. */
  livenessProbe?: Probe | undefined;
  /** The name, unique within the pod. A DNS label; it cannot change. */
  name: string;
  /** The ports that the container exposes. The list is informative: other ports can be reached too. */
  ports?: ContainerPort[] | undefined;
  /** A probe that takes the pod out of its services while it fails. */
  readinessProbe?: Probe | undefined;
  /** The resources whose change restarts the container. */
  resizePolicy?: ContainerResizePolicy[] | undefined;
  /** The compute resources that the container requests and is limited to. */
  resources?: ResourceRequirements | undefined;
  /** The restart policy of this container, which overrides the pod's. `Always` makes an init container a sidecar. */
  restartPolicy?: string | undefined;
  /** Rules by exit code that come before `restartPolicy`. */
  restartPolicyRules?: ContainerRestartRule[] | undefined;
  /** Security settings of the container. They win over the pod's. */
  securityContext?: SecurityContext | undefined;
  /** A probe that delays the other probes until it succeeds. */
  startupProbe?: Probe | undefined;
  /** True if the container has an input that clients can attach to. Default false. */
  stdin?: boolean | undefined;
  /** True if the input closes after the first client detaches. Default false. */
  stdinOnce?: boolean | undefined;
  /** The file whose content becomes the termination message. Default `/dev/termination-log`. */
  terminationMessagePath?: string | undefined;
  /** `File` (default) or `FallbackToLogsOnError`: the end of the log if the file is empty and the container failed. */
  terminationMessagePolicy?: 'FallbackToLogsOnError' | 'File' | undefined;
  /** True if the container has a terminal. Needs `stdin`. Default false. */
  tty?: boolean | undefined;
  /** Block devices of the container. */
  volumeDevices?: VolumeDevice[] | undefined;
  /** The volumes that are mounted into the container. */
  volumeMounts?: VolumeMount[] | undefined;
  /** The working directory. Default: the image's. */
  workingDir?: string | undefined;
}

export interface ContainerExtendedResourceRequest {
  containerName: string;
  requestName: string;
  resourceName: string;
}

export interface ContainerImage {
  names?: string[] | undefined;
  sizeBytes?: number | undefined;
}

/** A port of a container. */
export interface ContainerPort {
  /** The port number at the address of the pod, 1 to 65535. */
  containerPort: number;
  /** The address of the node to which `hostPort` is bound. */
  hostIP?: string | undefined;
  /** The port on the node. Most pods do not need one; use a Service. */
  hostPort?: number | undefined;
  /** The name of the port, unique within the pod. Services can refer to it. */
  name?: string | undefined;
  /** `TCP` (default), `UDP` or `SCTP`. */
  protocol?: 'SCTP' | 'TCP' | 'UDP' | undefined;
}

export interface ContainerResizePolicy {
  resourceName: string;
  restartPolicy: string;
}

export interface ContainerRestartRule {
  action: string;
  exitCodes?: ContainerRestartRuleOnExitCodes | undefined;
}

export interface ContainerRestartRuleOnExitCodes {
  operator: string;
  values?: number[] | undefined;
}

/** The state of a container. Exactly one field is set; `waiting` is the default. */
export interface ContainerState {
  /** The container runs. */
  running?: ContainerStateRunning | undefined;
  /** The container has ended. */
  terminated?: ContainerStateTerminated | undefined;
  /** The container has not started, or waits for its restart. */
  waiting?: ContainerStateWaiting | undefined;
}

export interface ContainerStateRunning {
  /** The time of the last start. */
  startedAt?: Time | undefined;
}

export interface ContainerStateTerminated {
  /** The id of the container. */
  containerID?: string | undefined;
  /** The exit code of the last run. */
  exitCode: number;
  /** The time of the end. */
  finishedAt?: Time | undefined;
  /** The termination message. */
  message?: string | undefined;
  /** A word for programs, such as `Completed`, `Error` or `OOMKilled`. */
  reason?: string | undefined;
  /** The signal that ended the container. */
  signal?: number | undefined;
  /** The time of the start. */
  startedAt?: Time | undefined;
}

export interface ContainerStateWaiting {
  /** A text for people. */
  message?: string | undefined;
  /** A word for programs, such as `ContainerCreating`, `ImagePullBackOff` or `CrashLoopBackOff`. */
  reason?: string | undefined;
}

/** The observed state of a container. */
export interface ContainerStatus {
  /** The requests that the node has allocated. */
  allocatedResources?: { [key: string]: Quantity } | undefined;
  allocatedResourcesStatus?: ResourceStatus[] | undefined;
  /** The id of the container: `<runtime>://<id>`. */
  containerID?: string | undefined;
  /** The image that runs. It may be written differently from the one in the spec. */
  image: string;
  /** The id of the image, often by digest. */
  imageID: string;
  /** The state of the previous run. */
  lastState?: ContainerState | undefined;
  /** The name of the container. */
  name: string;
  /** True if the container passes its readiness probe. */
  ready: boolean;
  /** The requests and limits that apply now. */
  resources?: ResourceRequirements | undefined;
  /** The number of restarts. */
  restartCount: number;
  /** True if the startup probe has passed and `postStart` has finished. */
  started?: boolean | undefined;
  /** The current state. */
  state?: ContainerState | undefined;
  stopSignal?: 'SIGABRT' | 'SIGALRM' | 'SIGBUS' | 'SIGCHLD' | 'SIGCLD' | 'SIGCONT' | 'SIGFPE' | 'SIGHUP' | 'SIGILL' | 'SIGINT' | 'SIGIO' | 'SIGIOT' | 'SIGKILL' | 'SIGPIPE' | 'SIGPOLL' | 'SIGPROF' | 'SIGPWR' | 'SIGQUIT' | 'SIGRTMAX' | 'SIGRTMAX-1' | 'SIGRTMAX-10' | 'SIGRTMAX-11' | 'SIGRTMAX-12' | 'SIGRTMAX-13' | 'SIGRTMAX-14' | 'SIGRTMAX-2' | 'SIGRTMAX-3' | 'SIGRTMAX-4' | 'SIGRTMAX-5' | 'SIGRTMAX-6' | 'SIGRTMAX-7' | 'SIGRTMAX-8' | 'SIGRTMAX-9' | 'SIGRTMIN' | 'SIGRTMIN+1' | 'SIGRTMIN+10' | 'SIGRTMIN+11' | 'SIGRTMIN+12' | 'SIGRTMIN+13' | 'SIGRTMIN+14' | 'SIGRTMIN+15' | 'SIGRTMIN+2' | 'SIGRTMIN+3' | 'SIGRTMIN+4' | 'SIGRTMIN+5' | 'SIGRTMIN+6' | 'SIGRTMIN+7' | 'SIGRTMIN+8' | 'SIGRTMIN+9' | 'SIGSEGV' | 'SIGSTKFLT' | 'SIGSTOP' | 'SIGSYS' | 'SIGTERM' | 'SIGTRAP' | 'SIGTSTP' | 'SIGTTIN' | 'SIGTTOU' | 'SIGURG' | 'SIGUSR1' | 'SIGUSR2' | 'SIGVTALRM' | 'SIGWINCH' | 'SIGXCPU' | 'SIGXFSZ' | undefined;
  user?: ContainerUser | undefined;
  volumeMounts?: VolumeMountStatus[] | undefined;
}

export interface ContainerUser {
  linux?: LinuxContainerUser | undefined;
}

export interface DaemonEndpoint {
  Port: number;
}

export interface DownwardAPIProjection {
  items?: DownwardAPIVolumeFile[] | undefined;
}

export interface DownwardAPIVolumeFile {
  fieldRef?: ObjectFieldSelector | undefined;
  mode?: number | undefined;
  path: string;
  resourceFieldRef?: ResourceFieldSelector | undefined;
}

export interface DownwardAPIVolumeSource {
  defaultMode?: number | undefined;
  items?: DownwardAPIVolumeFile[] | undefined;
}

export interface EmptyDirVolumeSource {
  medium?: string | undefined;
  sizeLimit?: Quantity | undefined;
}

export interface EndpointAddress {
  /** The host name of the endpoint. */
  hostname?: string | undefined;
  /** The address. */
  ip: string;
  /** The node of the endpoint. */
  nodeName?: string | undefined;
  /** The pod behind the address. */
  targetRef?: ObjectReference | undefined;
}

export interface EndpointPort {
  appProtocol?: string | undefined;
  name?: string | undefined;
  port: number;
  protocol?: 'SCTP' | 'TCP' | 'UDP' | undefined;
}

export interface EndpointSubset {
  /** The addresses that are ready. */
  addresses?: EndpointAddress[] | undefined;
  /** The addresses that are not ready. */
  notReadyAddresses?: EndpointAddress[] | undefined;
  /** The ports of all addresses. */
  ports?: EndpointPort[] | undefined;
}

/**
 * Endpoints are the addresses behind a service. Deprecated: use EndpointSlices.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#endpoints-v1-core
 */
export interface Endpoints {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The addresses and ports. Each address has all ports of its subset. */
  subsets?: EndpointSubset[] | undefined;
}

/**
 * Endpoints are the addresses behind a service. Deprecated: use EndpointSlices.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#endpoints-v1-core
 */
export const Endpoints: Resource<Endpoints, 'Namespaced'> = {
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface EndpointsList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Endpoints[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

/** A source of many environment variables. */
export interface EnvFromSource {
  /** The ConfigMap whose keys become variables. */
  configMapRef?: ConfigMapEnvSource | undefined;
  /** A text before each name. */
  prefix?: string | undefined;
  /** The Secret whose keys become variables. */
  secretRef?: SecretEnvSource | undefined;
}

/** An environment variable of a container. */
export interface EnvVar {
  /** The name of the variable. */
  name: string;
  /** The value. `$(NAME)` expands to an earlier variable, `$$(NAME)` stands for itself. Default empty. */
  value?: string | undefined;
  /** The source of the value. It excludes `value`. */
  valueFrom?: EnvVarSource | undefined;
}

/** The source of the value of an environment variable. Exactly one field is set. */
export interface EnvVarSource {
  /** A key of a ConfigMap. */
  configMapKeyRef?: ConfigMapKeySelector | undefined;
  /** A field of the pod, such as `metadata.name`, `spec.nodeName` or `status.podIP`. */
  fieldRef?: ObjectFieldSelector | undefined;
  /** A variable in a file of a volume. */
  fileKeyRef?: FileKeySelector | undefined;
  /** A request or limit of a container. */
  resourceFieldRef?: ResourceFieldSelector | undefined;
  /** A key of a Secret. */
  secretKeyRef?: SecretKeySelector | undefined;
}

export interface EphemeralContainer {
  args?: string[] | undefined;
  command?: string[] | undefined;
  env?: EnvVar[] | undefined;
  envFrom?: EnvFromSource[] | undefined;
  image?: string | undefined;
  imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never' | undefined;
  lifecycle?: Lifecycle | undefined;
  livenessProbe?: Probe | undefined;
  name: string;
  ports?: ContainerPort[] | undefined;
  readinessProbe?: Probe | undefined;
  resizePolicy?: ContainerResizePolicy[] | undefined;
  resources?: ResourceRequirements | undefined;
  restartPolicy?: string | undefined;
  restartPolicyRules?: ContainerRestartRule[] | undefined;
  securityContext?: SecurityContext | undefined;
  startupProbe?: Probe | undefined;
  stdin?: boolean | undefined;
  stdinOnce?: boolean | undefined;
  targetContainerName?: string | undefined;
  terminationMessagePath?: string | undefined;
  terminationMessagePolicy?: 'FallbackToLogsOnError' | 'File' | undefined;
  tty?: boolean | undefined;
  volumeDevices?: VolumeDevice[] | undefined;
  volumeMounts?: VolumeMount[] | undefined;
  workingDir?: string | undefined;
}

export interface EphemeralVolumeSource {
  volumeClaimTemplate?: PersistentVolumeClaimTemplate | undefined;
}

/**
 * An event reports a change of an object to people. Events expire, and programs should not depend on them.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#event-v1-core
 */
export interface Event {
  /** The action of the reporter. */
  action?: string | undefined;
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The number of times the event happened. */
  count?: number | undefined;
  /** The time of the first event. */
  eventTime?: MicroTime | undefined;
  /** The time of the first event, of older reporters. */
  firstTimestamp?: Time | undefined;
  /** The object that the event is about. */
  involvedObject: ObjectReference;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The time of the last event, of older reporters. */
  lastTimestamp?: Time | undefined;
  /** A text for people. */
  message?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata: ObjectMeta;
  /** A word for programs, such as `FailedScheduling`. */
  reason?: string | undefined;
  /** A second object. */
  related?: ObjectReference | undefined;
  /** The controller that reports. */
  reportingComponent?: string | undefined;
  /** The instance of the controller. */
  reportingInstance?: string | undefined;
  /** The repetitions of the event. */
  series?: EventSeries | undefined;
  /** The component that reports, of older reporters. */
  source?: EventSource | undefined;
  /** `Normal` or `Warning`. */
  type?: string | undefined;
}

/**
 * An event reports a change of an object to people. Events expire, and programs should not depend on them.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#event-v1-core
 */
export const Event: Resource<Event, 'Namespaced'> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface EventList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Event[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface EventSeries {
  count?: number | undefined;
  lastObservedTime?: MicroTime | undefined;
}

export interface EventSource {
  component?: string | undefined;
  host?: string | undefined;
}

export interface ExecAction {
  command?: string[] | undefined;
}

export interface FCVolumeSource {
  fsType?: string | undefined;
  lun?: number | undefined;
  readOnly?: boolean | undefined;
  targetWWNs?: string[] | undefined;
  wwids?: string[] | undefined;
}

export interface FileKeySelector {
  key: string;
  optional?: boolean | undefined;
  path: string;
  volumeName: string;
}

export interface FlexPersistentVolumeSource {
  driver: string;
  fsType?: string | undefined;
  options?: { [key: string]: string } | undefined;
  readOnly?: boolean | undefined;
  secretRef?: SecretReference | undefined;
}

export interface FlexVolumeSource {
  driver: string;
  fsType?: string | undefined;
  options?: { [key: string]: string } | undefined;
  readOnly?: boolean | undefined;
  secretRef?: LocalObjectReference | undefined;
}

export interface FlockerVolumeSource {
  datasetName?: string | undefined;
  datasetUUID?: string | undefined;
}

export interface GCEPersistentDiskVolumeSource {
  fsType?: string | undefined;
  partition?: number | undefined;
  pdName: string;
  readOnly?: boolean | undefined;
}

export interface GRPCAction {
  port: number;
  service?: string | undefined;
}

export interface GitRepoVolumeSource {
  directory?: string | undefined;
  repository: string;
  revision?: string | undefined;
}

export interface GlusterfsPersistentVolumeSource {
  endpoints: string;
  endpointsNamespace?: string | undefined;
  path: string;
  readOnly?: boolean | undefined;
}

export interface GlusterfsVolumeSource {
  endpoints: string;
  path: string;
  readOnly?: boolean | undefined;
}

export interface HTTPGetAction {
  host?: string | undefined;
  httpHeaders?: HTTPHeader[] | undefined;
  path?: string | undefined;
  port: IntOrString;
  scheme?: 'HTTP' | 'HTTPS' | undefined;
}

export interface HTTPHeader {
  name: string;
  value: string;
}

export interface HostAlias {
  hostnames?: string[] | undefined;
  ip: string;
}

export interface HostIP {
  ip: string;
}

export interface HostPathVolumeSource {
  path: string;
  type?: '' | 'BlockDevice' | 'CharDevice' | 'Directory' | 'DirectoryOrCreate' | 'File' | 'FileOrCreate' | 'Socket' | undefined;
}

export interface ISCSIPersistentVolumeSource {
  chapAuthDiscovery?: boolean | undefined;
  chapAuthSession?: boolean | undefined;
  fsType?: string | undefined;
  initiatorName?: string | undefined;
  iqn: string;
  iscsiInterface?: string | undefined;
  lun: number;
  portals?: string[] | undefined;
  readOnly?: boolean | undefined;
  secretRef?: SecretReference | undefined;
  targetPortal: string;
}

export interface ISCSIVolumeSource {
  chapAuthDiscovery?: boolean | undefined;
  chapAuthSession?: boolean | undefined;
  fsType?: string | undefined;
  initiatorName?: string | undefined;
  iqn: string;
  iscsiInterface?: string | undefined;
  lun: number;
  portals?: string[] | undefined;
  readOnly?: boolean | undefined;
  secretRef?: LocalObjectReference | undefined;
  targetPortal: string;
}

export interface ImageVolumeSource {
  pullPolicy?: 'Always' | 'IfNotPresent' | 'Never' | undefined;
  reference?: string | undefined;
}

export interface ImageVolumeStatus {
  imageRef: string;
}

export interface KeyToPath {
  key: string;
  mode?: number | undefined;
  path: string;
}

/** Actions at the start and the end of a container. */
export interface Lifecycle {
  /** An action right after the start. If it fails, the container is restarted by its policy. */
  postStart?: LifecycleHandler | undefined;
  /** An action before SIGTERM. It counts against the grace period. */
  preStop?: LifecycleHandler | undefined;
  /** The signal that stops the container. Default: the image's, else SIGTERM. */
  stopSignal?: 'SIGABRT' | 'SIGALRM' | 'SIGBUS' | 'SIGCHLD' | 'SIGCLD' | 'SIGCONT' | 'SIGFPE' | 'SIGHUP' | 'SIGILL' | 'SIGINT' | 'SIGIO' | 'SIGIOT' | 'SIGKILL' | 'SIGPIPE' | 'SIGPOLL' | 'SIGPROF' | 'SIGPWR' | 'SIGQUIT' | 'SIGRTMAX' | 'SIGRTMAX-1' | 'SIGRTMAX-10' | 'SIGRTMAX-11' | 'SIGRTMAX-12' | 'SIGRTMAX-13' | 'SIGRTMAX-14' | 'SIGRTMAX-2' | 'SIGRTMAX-3' | 'SIGRTMAX-4' | 'SIGRTMAX-5' | 'SIGRTMAX-6' | 'SIGRTMAX-7' | 'SIGRTMAX-8' | 'SIGRTMAX-9' | 'SIGRTMIN' | 'SIGRTMIN+1' | 'SIGRTMIN+10' | 'SIGRTMIN+11' | 'SIGRTMIN+12' | 'SIGRTMIN+13' | 'SIGRTMIN+14' | 'SIGRTMIN+15' | 'SIGRTMIN+2' | 'SIGRTMIN+3' | 'SIGRTMIN+4' | 'SIGRTMIN+5' | 'SIGRTMIN+6' | 'SIGRTMIN+7' | 'SIGRTMIN+8' | 'SIGRTMIN+9' | 'SIGSEGV' | 'SIGSTKFLT' | 'SIGSTOP' | 'SIGSYS' | 'SIGTERM' | 'SIGTRAP' | 'SIGTSTP' | 'SIGTTIN' | 'SIGTTOU' | 'SIGURG' | 'SIGUSR1' | 'SIGUSR2' | 'SIGVTALRM' | 'SIGWINCH' | 'SIGXCPU' | 'SIGXFSZ' | undefined;
}

export interface LifecycleHandler {
  exec?: ExecAction | undefined;
  httpGet?: HTTPGetAction | undefined;
  sleep?: SleepAction | undefined;
  tcpSocket?: TCPSocketAction | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#limitrange-v1-core */
export interface LimitRange {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec?: LimitRangeSpec | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#limitrange-v1-core */
export const LimitRange: Resource<LimitRange, 'Namespaced'> = {
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface LimitRangeItem {
  /** The limit of containers that state none. */
  default?: { [key: string]: Quantity } | undefined;
  /** The request of containers that state none. */
  defaultRequest?: { [key: string]: Quantity } | undefined;
  /** The greatest amount. */
  max?: { [key: string]: Quantity } | undefined;
  /** The greatest ratio of a limit to its request. */
  maxLimitRequestRatio?: { [key: string]: Quantity } | undefined;
  /** The smallest amount. */
  min?: { [key: string]: Quantity } | undefined;
  /** `Container`, `Pod` or `PersistentVolumeClaim`. */
  type: string;
}

export interface LimitRangeList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: LimitRange[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface LimitRangeSpec {
  limits: LimitRangeItem[];
}

export interface LinuxContainerUser {
  gid: number;
  supplementalGroups?: number[] | undefined;
  uid: number;
}

export interface LoadBalancerIngress {
  hostname?: string | undefined;
  ip?: string | undefined;
  ipMode?: string | undefined;
  ports?: PortStatus[] | undefined;
}

export interface LoadBalancerStatus {
  ingress?: LoadBalancerIngress[] | undefined;
}

/** A reference to an object in the same namespace. */
export interface LocalObjectReference {
  /** The name. */
  name?: string | undefined;
}

export interface LocalVolumeSource {
  fsType?: string | undefined;
  path: string;
}

export interface ModifyVolumeStatus {
  status: 'InProgress' | 'Infeasible' | 'Pending';
  targetVolumeAttributesClassName?: string | undefined;
}

export interface NFSVolumeSource {
  path: string;
  readOnly?: boolean | undefined;
  server: string;
}

/**
 * A namespace is a scope for names and rights.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#namespace-v1-core
 */
export interface Namespace {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec?: NamespaceSpec | undefined;
  /** The observed state. */
  status?: NamespaceStatus | undefined;
}

/**
 * A namespace is a scope for names and rights.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#namespace-v1-core
 */
export const Namespace: Resource<Namespace, 'Cluster', NamespaceSubresources> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    finalize: { kind: 'v1/Namespace', verbs: ['update'] },
    status: { kind: 'v1/Namespace', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link Namespace} that take an object or carry bytes. */
export interface NamespaceSubresources {
  finalize: Subresource<Namespace, 'update'>;
  status: Subresource<Namespace, 'get' | 'patch' | 'update'>;
}

export interface NamespaceCondition {
  lastTransitionTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface NamespaceList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Namespace[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface NamespaceSpec {
  /** The names that must be removed before the namespace is. */
  finalizers?: string[] | undefined;
}

export interface NamespaceStatus {
  /** The progress and the problems of the deletion. */
  conditions?: NamespaceCondition[] | undefined;
  /** `Active` or `Terminating`. */
  phase?: 'Active' | 'Terminating' | undefined;
}

/**
 * A node is a machine that runs pods.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#node-v1-core
 */
export interface Node {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec?: NodeSpec | undefined;
  /** The observed state, written by the kubelet. */
  status?: NodeStatus | undefined;
}

/**
 * A node is a machine that runs pods.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#node-v1-core
 */
export const Node: Resource<Node, 'Cluster', NodeSubresources> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    proxy: { kind: 'v1/NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    status: { kind: 'v1/Node', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link Node} that take an object or carry bytes. */
export interface NodeSubresources {
  status: Subresource<Node, 'get' | 'patch' | 'update'>;
  proxy: ByteSubresource;
}

export interface NodeAddress {
  address: string;
  type: string;
}

export interface NodeAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: PreferredSchedulingTerm[] | undefined;
  requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector | undefined;
}

export interface NodeAllocatableResourceClaimStatus {
  containers?: string[] | undefined;
  resourceClaimName: string;
  resources: { [key: string]: Quantity };
}

export interface NodeCondition {
  lastHeartbeatTime?: Time | undefined;
  lastTransitionTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface NodeConfigSource {
  configMap?: ConfigMapNodeConfigSource | undefined;
}

export interface NodeConfigStatus {
  active?: NodeConfigSource | undefined;
  assigned?: NodeConfigSource | undefined;
  error?: string | undefined;
  lastKnownGood?: NodeConfigSource | undefined;
}

export interface NodeDaemonEndpoints {
  kubeletEndpoint?: DaemonEndpoint | undefined;
}

export interface NodeFeatures {
  supplementalGroupsPolicy?: boolean | undefined;
}

export interface NodeList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Node[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface NodeRuntimeHandler {
  features?: NodeRuntimeHandlerFeatures | undefined;
  name?: string | undefined;
}

export interface NodeRuntimeHandlerFeatures {
  recursiveReadOnlyMounts?: boolean | undefined;
  userNamespaces?: boolean | undefined;
}

export interface NodeSelector {
  nodeSelectorTerms: NodeSelectorTerm[];
}

export interface NodeSelectorRequirement {
  key: string;
  operator: 'DoesNotExist' | 'Exists' | 'Gt' | 'In' | 'Lt' | 'NotIn';
  values?: string[] | undefined;
}

export interface NodeSelectorTerm {
  matchExpressions?: NodeSelectorRequirement[] | undefined;
  matchFields?: NodeSelectorRequirement[] | undefined;
}

export interface NodeSpec {
  configSource?: NodeConfigSource | undefined;
  externalID?: string | undefined;
  /** The network of the addresses of pods on the node. */
  podCIDR?: string | undefined;
  /** The networks of the addresses of pods, at most one of each family. */
  podCIDRs?: string[] | undefined;
  /** The id of the machine at its cloud: `<provider>://<id>`. */
  providerID?: string | undefined;
  /** The taints, which keep away pods that do not tolerate them. */
  taints?: Taint[] | undefined;
  /** True if new pods stay away (`kubectl cordon`). */
  unschedulable?: boolean | undefined;
}

export interface NodeStatus {
  /** The addresses: host name, internal and external ones. */
  addresses?: NodeAddress[] | undefined;
  /** The resources for pods: the capacity less the reserved part. */
  allocatable?: { [key: string]: Quantity } | undefined;
  /** All resources of the machine. */
  capacity?: { [key: string]: Quantity } | undefined;
  /** Conditions such as `Ready`, `MemoryPressure` and `DiskPressure`. */
  conditions?: NodeCondition[] | undefined;
  config?: NodeConfigStatus | undefined;
  /** The port of the kubelet. */
  daemonEndpoints?: NodeDaemonEndpoints | undefined;
  /** The features that the node supports. */
  declaredFeatures?: string[] | undefined;
  features?: NodeFeatures | undefined;
  /** The images on the node. */
  images?: ContainerImage[] | undefined;
  /** The versions of the operating system, the kernel, the runtime and the kubelet. */
  nodeInfo?: NodeSystemInfo | undefined;
  /** Not used any more. */
  phase?: 'Pending' | 'Running' | 'Terminated' | undefined;
  /** The handlers of the runtime, and their features. */
  runtimeHandlers?: NodeRuntimeHandler[] | undefined;
  /** The volumes that are attached to the node. */
  volumesAttached?: AttachedVolume[] | undefined;
  /** The volumes that the kubelet uses and that must not be detached. */
  volumesInUse?: string[] | undefined;
}

export interface NodeSwapStatus {
  capacity?: number | undefined;
}

export interface NodeSystemInfo {
  architecture: string;
  bootID: string;
  containerRuntimeVersion: string;
  kernelVersion: string;
  kubeProxyVersion: string;
  kubeletVersion: string;
  machineID: string;
  operatingSystem: string;
  osImage: string;
  swap?: NodeSwapStatus | undefined;
  systemUUID: string;
}

export interface ObjectFieldSelector {
  apiVersion?: string | undefined;
  fieldPath: string;
}

/** A reference to an object of any kind. */
export interface ObjectReference {
  apiVersion?: string | undefined;
  /** A part of the object, such as `spec.containers{web}`. */
  fieldPath?: string | undefined;
  kind?: string | undefined;
  /** The name. */
  name?: string | undefined;
  /** The namespace. */
  namespace?: string | undefined;
  /** The version of the object. */
  resourceVersion?: string | undefined;
  /** The uid. */
  uid?: string | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#persistentvolume-v1-core */
export interface PersistentVolume {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec?: PersistentVolumeSpec | undefined;
  status?: PersistentVolumeStatus | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#persistentvolume-v1-core */
export const PersistentVolume: Resource<PersistentVolume, 'Cluster', PersistentVolumeSubresources> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'v1/PersistentVolume', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link PersistentVolume} that take an object or carry bytes. */
export interface PersistentVolumeSubresources {
  status: Subresource<PersistentVolume, 'get' | 'patch' | 'update'>;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#persistentvolumeclaim-v1-core */
export interface PersistentVolumeClaim {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec?: PersistentVolumeClaimSpec | undefined;
  status?: PersistentVolumeClaimStatus | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#persistentvolumeclaim-v1-core */
export const PersistentVolumeClaim: Resource<PersistentVolumeClaim, 'Namespaced', PersistentVolumeClaimSubresources> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'v1/PersistentVolumeClaim', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link PersistentVolumeClaim} that take an object or carry bytes. */
export interface PersistentVolumeClaimSubresources {
  status: Subresource<PersistentVolumeClaim, 'get' | 'patch' | 'update'>;
}

export interface PersistentVolumeClaimCondition {
  lastProbeTime?: Time | undefined;
  lastTransitionTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface PersistentVolumeClaimList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: PersistentVolumeClaim[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

/** The desired state of a claim. */
export interface PersistentVolumeClaimSpec {
  /** `ReadWriteOnce`, `ReadOnlyMany`, `ReadWriteMany` or `ReadWriteOncePod`. */
  accessModes?: ('ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOnce' | 'ReadWriteOncePod')[] | undefined;
  /** The snapshot or claim from which the volume is filled, in the same namespace. */
  dataSource?: TypedLocalObjectReference | undefined;
  /** As `dataSource`, for objects of any kind. */
  dataSourceRef?: TypedObjectReference | undefined;
  /** The requested size. It can grow if the class allows it. */
  resources?: VolumeResourceRequirements | undefined;
  /** The labels of volumes that fit. */
  selector?: LabelSelector | undefined;
  /** The StorageClass. Default: the default class; empty means a volume without a class. */
  storageClassName?: string | undefined;
  /** The class of attributes that can change, such as speed. */
  volumeAttributesClassName?: string | undefined;
  /** `Filesystem` (default) or `Block`. */
  volumeMode?: 'Block' | 'Filesystem' | undefined;
  /** The volume that the claim is bound to. */
  volumeName?: string | undefined;
}

export interface PersistentVolumeClaimStatus {
  /** The access modes of the volume. */
  accessModes?: ('ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOnce' | 'ReadWriteOncePod')[] | undefined;
  allocatedResourceStatuses?: { [key: string]: 'ControllerResizeInProgress' | 'ControllerResizeInfeasible' | 'NodeResizeInProgress' | 'NodeResizeInfeasible' | 'NodeResizePending' } | undefined;
  allocatedResources?: { [key: string]: Quantity } | undefined;
  /** The size of the volume. */
  capacity?: { [key: string]: Quantity } | undefined;
  /** The progress and the problems of a resize. */
  conditions?: PersistentVolumeClaimCondition[] | undefined;
  currentVolumeAttributesClassName?: string | undefined;
  modifyVolumeStatus?: ModifyVolumeStatus | undefined;
  /** `Pending`, `Bound` or `Lost`. */
  phase?: 'Bound' | 'Lost' | 'Pending' | undefined;
}

export interface PersistentVolumeClaimTemplate {
  metadata?: ObjectMeta | undefined;
  spec: PersistentVolumeClaimSpec;
}

export interface PersistentVolumeClaimVolumeSource {
  claimName: string;
  readOnly?: boolean | undefined;
}

export interface PersistentVolumeList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: PersistentVolume[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface PersistentVolumeSpec {
  /** The ways in which the volume can be mounted. */
  accessModes?: ('ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOnce' | 'ReadWriteOncePod')[] | undefined;
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource | undefined;
  azureDisk?: AzureDiskVolumeSource | undefined;
  azureFile?: AzureFilePersistentVolumeSource | undefined;
  /** The size of the volume. */
  capacity?: { [key: string]: Quantity } | undefined;
  cephfs?: CephFSPersistentVolumeSource | undefined;
  cinder?: CinderPersistentVolumeSource | undefined;
  /** The claim that the volume is bound to. */
  claimRef?: ObjectReference | undefined;
  /** The CSI driver that provides the volume. */
  csi?: CSIPersistentVolumeSource | undefined;
  fc?: FCVolumeSource | undefined;
  flexVolume?: FlexPersistentVolumeSource | undefined;
  flocker?: FlockerVolumeSource | undefined;
  gcePersistentDisk?: GCEPersistentDiskVolumeSource | undefined;
  glusterfs?: GlusterfsPersistentVolumeSource | undefined;
  /** A folder of the node, for tests. */
  hostPath?: HostPathVolumeSource | undefined;
  iscsi?: ISCSIPersistentVolumeSource | undefined;
  /** A disk of one node. Needs `nodeAffinity`. */
  local?: LocalVolumeSource | undefined;
  /** The mount options. */
  mountOptions?: string[] | undefined;
  /** A folder of an NFS server. */
  nfs?: NFSVolumeSource | undefined;
  /** The nodes from which the volume can be reached. */
  nodeAffinity?: VolumeNodeAffinity | undefined;
  /** `Retain`, `Delete` or `Recycle`: the treatment of the volume after its claim is deleted. */
  persistentVolumeReclaimPolicy?: 'Delete' | 'Recycle' | 'Retain' | undefined;
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource | undefined;
  portworxVolume?: PortworxVolumeSource | undefined;
  quobyte?: QuobyteVolumeSource | undefined;
  rbd?: RBDPersistentVolumeSource | undefined;
  scaleIO?: ScaleIOPersistentVolumeSource | undefined;
  /** The StorageClass. */
  storageClassName?: string | undefined;
  storageos?: StorageOSPersistentVolumeSource | undefined;
  volumeAttributesClassName?: string | undefined;
  /** `Filesystem` (default) or `Block`. */
  volumeMode?: 'Block' | 'Filesystem' | undefined;
  vsphereVolume?: VsphereVirtualDiskVolumeSource | undefined;
}

export interface PersistentVolumeStatus {
  lastPhaseTransitionTime?: Time | undefined;
  message?: string | undefined;
  phase?: 'Available' | 'Bound' | 'Failed' | 'Pending' | 'Released' | undefined;
  reason?: string | undefined;
}

export interface PhotonPersistentDiskVolumeSource {
  fsType?: string | undefined;
  pdID: string;
}

/**
 * A pod is a group of containers that run together on one node and share its network and volumes.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#pod-v1-core
 */
export interface Pod {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state: containers, volumes, and the rules by which the pod runs. */
  spec?: PodSpec | undefined;
  /** The observed state, written by the kubelet. It may be a moment behind. */
  status?: PodStatus | undefined;
}

/**
 * A pod is a group of containers that run together on one node and share its network and volumes.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#pod-v1-core
 */
export const Pod: Resource<Pod, 'Namespaced', PodSubresources> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    attach: { kind: 'v1/PodAttachOptions', verbs: ['create', 'get'] },
    binding: { kind: 'v1/Binding', verbs: ['create'] },
    ephemeralcontainers: { kind: 'v1/Pod', verbs: ['get', 'patch', 'update'] },
    eviction: { kind: 'policy/v1/Eviction', verbs: ['create'] },
    exec: { kind: 'v1/PodExecOptions', verbs: ['create', 'get'] },
    log: { kind: 'v1/Pod', verbs: ['get'] },
    portforward: { kind: 'v1/PodPortForwardOptions', verbs: ['create', 'get'] },
    proxy: { kind: 'v1/PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    resize: { kind: 'v1/Pod', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'v1/Pod', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link Pod} that take an object or carry bytes. */
export interface PodSubresources {
  binding: Subresource<Binding, 'create'>;
  ephemeralcontainers: Subresource<Pod, 'get' | 'patch' | 'update'>;
  eviction: Subresource<Eviction, 'create'>;
  resize: Subresource<Pod, 'get' | 'patch' | 'update'>;
  status: Subresource<Pod, 'get' | 'patch' | 'update'>;
  attach: ByteSubresource;
  exec: ByteSubresource;
  log: ByteSubresource;
  portforward: ByteSubresource;
  proxy: ByteSubresource;
}

export interface PodAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[] | undefined;
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] | undefined;
}

export interface PodAffinityTerm {
  labelSelector?: LabelSelector | undefined;
  matchLabelKeys?: string[] | undefined;
  mismatchLabelKeys?: string[] | undefined;
  namespaceSelector?: LabelSelector | undefined;
  namespaces?: string[] | undefined;
  topologyKey: string;
}

export interface PodAntiAffinity {
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[] | undefined;
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] | undefined;
}

export interface PodCertificateProjection {
  certificateChainPath?: string | undefined;
  credentialBundlePath?: string | undefined;
  keyPath?: string | undefined;
  keyType: string;
  maxExpirationSeconds?: number | undefined;
  signerName: string;
  userAnnotations?: { [key: string]: string } | undefined;
}

/** A condition of a pod. */
export interface PodCondition {
  /** The time of the last check. Usually empty. */
  lastProbeTime?: Time | undefined;
  /** The time at which the status changed last. */
  lastTransitionTime?: Time | undefined;
  /** A text for people about the last change. */
  message?: string | undefined;
  /** The `metadata.generation` that the condition is about. */
  observedGeneration?: number | undefined;
  /** A word for programs about the last change. */
  reason?: string | undefined;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** The type, such as `Ready`. */
  type: string;
}

export interface PodDNSConfig {
  nameservers?: string[] | undefined;
  options?: PodDNSConfigOption[] | undefined;
  searches?: string[] | undefined;
}

export interface PodDNSConfigOption {
  name?: string | undefined;
  value?: string | undefined;
}

export interface PodExtendedResourceClaimStatus {
  requestMappings: ContainerExtendedResourceRequest[];
  resourceClaimName: string;
}

export interface PodIP {
  ip: string;
}

export interface PodList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Pod[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface PodOS {
  name: string;
}

export interface PodReadinessGate {
  conditionType: string;
}

export interface PodResourceClaim {
  name: string;
  resourceClaimName?: string | undefined;
  resourceClaimTemplateName?: string | undefined;
}

export interface PodResourceClaimStatus {
  name: string;
  resourceClaimName?: string | undefined;
}

export interface PodSchedulingGate {
  name: string;
}

export interface PodSchedulingGroup {
  podGroupName?: string | undefined;
}

/** Security settings of a pod and all of its containers. */
export interface PodSecurityContext {
  appArmorProfile?: AppArmorProfile | undefined;
  /** The group that owns the files of volumes, and that every container belongs to. */
  fsGroup?: number | undefined;
  /** `Always` (default) or `OnRootMismatch`: when the owner of files in volumes is changed. */
  fsGroupChangePolicy?: 'Always' | 'OnRootMismatch' | undefined;
  /** The group id of the programs. */
  runAsGroup?: number | undefined;
  /** True if the kubelet refuses to start containers as root. */
  runAsNonRoot?: boolean | undefined;
  /** The user id of the programs. Default: the images'. */
  runAsUser?: number | undefined;
  seLinuxChangePolicy?: string | undefined;
  /** The SELinux context of the containers. */
  seLinuxOptions?: SELinuxOptions | undefined;
  /** The seccomp profile of the containers. */
  seccompProfile?: SeccompProfile | undefined;
  /** Additional groups of the first process of each container. */
  supplementalGroups?: number[] | undefined;
  supplementalGroupsPolicy?: 'Merge' | 'Strict' | undefined;
  /** Kernel parameters of the pod. */
  sysctls?: Sysctl[] | undefined;
  windowsOptions?: WindowsSecurityContextOptions | undefined;
}

/** The desired state of a pod. Most fields cannot change after creation. */
export interface PodSpec {
  /** The time in seconds that the pod may be active on its node before it is marked as failed. Must be positive. */
  activeDeadlineSeconds?: number | undefined;
  /** Rules that attract the pod to nodes or other pods, or keep it away from them. */
  affinity?: Affinity | undefined;
  /**
   * True if a token of the service account is mounted into the containers. Default: the service account's own setting,
   * else true.
   */
  automountServiceAccountToken?: boolean | undefined;
  /** The containers of the pod. At least one; they cannot be added or removed later. */
  containers: Container[];
  /** DNS settings that are merged with those of `dnsPolicy`. */
  dnsConfig?: PodDNSConfig | undefined;
  /**
   * `ClusterFirst` (default), `ClusterFirstWithHostNet`, `Default` (the settings of the node) or `None` (only
   * `dnsConfig`).
   */
  dnsPolicy?: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None' | undefined;
  /** True if environment variables describe the services of the namespace. Default true. */
  enableServiceLinks?: boolean | undefined;
  /** Containers for debugging in a running pod. They are added through the subresource `ephemeralcontainers`. */
  ephemeralContainers?: EphemeralContainer[] | undefined;
  /** Additional entries for the hosts file of the containers. */
  hostAliases?: HostAlias[] | undefined;
  /** True if the pod uses the IPC namespace of the node. Default false. */
  hostIPC?: boolean | undefined;
  /** True if the pod uses the network of the node. Its ports must then be free on the node. Default false. */
  hostNetwork?: boolean | undefined;
  /** True if the pod sees the processes of the node. Default false. */
  hostPID?: boolean | undefined;
  /**
   * True if the pod uses the user namespace of the node. If false, root in the pod is an ordinary user outside. Default
   * true.
   */
  hostUsers?: boolean | undefined;
  /** The host name of the pod. Default: its name. */
  hostname?: string | undefined;
  /** The exact host name inside the pod, without effect on DNS. It excludes `hostNetwork` and `setHostnameAsFQDN`. */
  hostnameOverride?: string | undefined;
  /** The Secrets of the namespace with credentials for the registries of the images. */
  imagePullSecrets?: LocalObjectReference[] | undefined;
  /**
   * Containers that run one after the other before the others start. One with `restartPolicy: Always` is a sidecar and
   * keeps running.
   */
  initContainers?: Container[] | undefined;
  /** The node of the pod. The scheduler sets it by a binding; a pod that is created with it skips the scheduler. */
  nodeName?: string | undefined;
  /** The labels that a node must have to run the pod. */
  nodeSelector?: { [key: string]: string } | undefined;
  /** The operating system of the containers. It decides which fields are allowed. */
  os?: PodOS | undefined;
  /** The resources that the runtime of the pod itself uses. The admission plugin RuntimeClass sets it. */
  overhead?: { [key: string]: Quantity } | undefined;
  /** `PreemptLowerPriority` (default) or `Never`: whether the pod may displace pods of a lower priority. */
  preemptionPolicy?: 'Never' | 'PreemptLowerPriority' | undefined;
  /** The priority of the pod, set from `priorityClassName`. A higher number is scheduled first. */
  priority?: number | undefined;
  /** The PriorityClass of the pod. Default: the class with `globalDefault`, else priority 0. */
  priorityClassName?: string | undefined;
  /** Additional conditions that must be true before the pod is ready. */
  readinessGates?: PodReadinessGate[] | undefined;
  /** The ResourceClaims, for devices, that must be allocated before the pod starts. */
  resourceClaims?: PodResourceClaim[] | undefined;
  /** The requests and limits of the pod as a whole, shared by its containers. */
  resources?: ResourceRequirements | undefined;
  /** `Always` (default), `OnFailure` or `Never`, for all containers of the pod. */
  restartPolicy?: 'Always' | 'Never' | 'OnFailure' | undefined;
  /** The RuntimeClass that runs the pod. Default: the default handler of the node. */
  runtimeClassName?: string | undefined;
  /** The scheduler that places the pod. Default `default-scheduler`. */
  schedulerName?: string | undefined;
  /** Names that keep the pod from being scheduled until all of them are removed. */
  schedulingGates?: PodSchedulingGate[] | undefined;
  /** The group of pods with which the pod is scheduled. */
  schedulingGroup?: PodSchedulingGroup | undefined;
  /** Security settings for all containers. Those of a container win over these. */
  securityContext?: PodSecurityContext | undefined;
  /** A deprecated alias of `serviceAccountName`. */
  serviceAccount?: string | undefined;
  /** The ServiceAccount whose rights the pod has. Default `default`. */
  serviceAccountName?: string | undefined;
  /** True if the host name is the pod's fully qualified domain name. Default false. */
  setHostnameAsFQDN?: boolean | undefined;
  /** True if the containers see the processes of each other. Default false. */
  shareProcessNamespace?: boolean | undefined;
  /** The subdomain of the host name: `<hostname>.<subdomain>.<namespace>.svc.<domain>`. */
  subdomain?: string | undefined;
  /** The time in seconds between SIGTERM and SIGKILL when the pod is deleted. Default 30. 0 kills at once. */
  terminationGracePeriodSeconds?: number | undefined;
  /** The taints of nodes that the pod tolerates. */
  tolerations?: Toleration[] | undefined;
  /** Rules that spread matching pods over zones, nodes or other domains. All must hold. */
  topologySpreadConstraints?: TopologySpreadConstraint[] | undefined;
  /** The volumes that containers can mount. */
  volumes?: Volume[] | undefined;
}

/** The observed state of a pod. */
export interface PodStatus {
  /** The requests that the node has allocated to the pod as a whole. */
  allocatedResources?: { [key: string]: Quantity } | undefined;
  /** Conditions such as `PodScheduled`, `Initialized`, `ContainersReady` and `Ready`. */
  conditions?: PodCondition[] | undefined;
  /** The state of each container. */
  containerStatuses?: ContainerStatus[] | undefined;
  /** The state of each ephemeral container. */
  ephemeralContainerStatuses?: ContainerStatus[] | undefined;
  /** The claim that backs extended resources of the pod. */
  extendedResourceClaimStatus?: PodExtendedResourceClaimStatus | undefined;
  /** The node's address. Empty until the pod is scheduled. */
  hostIP?: string | undefined;
  /** The node's addresses, at most one of each family. */
  hostIPs?: HostIP[] | undefined;
  /** The state of each init container, in their order. */
  initContainerStatuses?: ContainerStatus[] | undefined;
  /** A text for people about the phase. */
  message?: string | undefined;
  /** The claims whose devices count against the allocatable resources of the node. */
  nodeAllocatableResourceClaimStatuses?: NodeAllocatableResourceClaimStatus[] | undefined;
  /** The node on which the scheduler makes room for the pod by preemption. It is not a promise. */
  nominatedNodeName?: string | undefined;
  /** The `metadata.generation` that the kubelet has seen. */
  observedGeneration?: number | undefined;
  /** `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`: a summary. For readiness, read the condition `Ready`. */
  phase?: 'Failed' | 'Pending' | 'Running' | 'Succeeded' | 'Unknown' | undefined;
  /** The pod's address inside the cluster. Empty until it has one. */
  podIP?: string | undefined;
  /** The pod's addresses, at most one of each family. The first equals `podIP`. */
  podIPs?: PodIP[] | undefined;
  /** `Guaranteed`, `Burstable` or `BestEffort`, derived from requests and limits. It decides the order of eviction. */
  qosClass?: 'BestEffort' | 'Burstable' | 'Guaranteed' | undefined;
  /** A word for programs about the phase, such as `Evicted`. */
  reason?: string | undefined;
  /** A deprecated summary of a resize. Read the conditions `PodResizePending` and `PodResizeInProgress`. */
  resize?: string | undefined;
  /** The names of the claims that were made from templates. */
  resourceClaimStatuses?: PodResourceClaimStatus[] | undefined;
  /** The requests and limits that apply to the pod as a whole now. */
  resources?: ResourceRequirements | undefined;
  /** The time at which the kubelet accepted the pod, before images were pulled. */
  startTime?: Time | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#podtemplate-v1-core */
export interface PodTemplate {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  template?: PodTemplateSpec | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#podtemplate-v1-core */
export const PodTemplate: Resource<PodTemplate, 'Namespaced'> = {
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  singular: 'podtemplate',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface PodTemplateList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: PodTemplate[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

/** The template of pods that a controller creates. */
export interface PodTemplateSpec {
  /** The labels and annotations of the created pods. */
  metadata?: ObjectMeta | undefined;
  /** The desired state of the created pods. */
  spec?: PodSpec | undefined;
}

export interface PortStatus {
  error?: string | undefined;
  port: number;
  protocol: 'SCTP' | 'TCP' | 'UDP';
}

export interface PortworxVolumeSource {
  fsType?: string | undefined;
  readOnly?: boolean | undefined;
  volumeID: string;
}

export interface PreferredSchedulingTerm {
  preference: NodeSelectorTerm;
  weight: number;
}

/** A check that the kubelet repeats to learn the state of a container. */
export interface Probe {
  /** A command in the container. Exit code 0 is a success. */
  exec?: ExecAction | undefined;
  /** The number of consecutive failures after which the probe has failed. Default 3. */
  failureThreshold?: number | undefined;
  /** A gRPC health check. */
  grpc?: GRPCAction | undefined;
  /** An HTTP request. A status from 200 to 399 is a success. */
  httpGet?: HTTPGetAction | undefined;
  /** The time in seconds before the first check. Default 0. */
  initialDelaySeconds?: number | undefined;
  /** The time in seconds between checks. Default 10. */
  periodSeconds?: number | undefined;
  /**
   * The number of consecutive successes after which the probe has succeeded. Default 1; must be 1 for liveness and
   * startup.
   */
  successThreshold?: number | undefined;
  /** A TCP connection. Opening it is a success. */
  tcpSocket?: TCPSocketAction | undefined;
  /** The grace period after a failed probe. Default: the pod's. */
  terminationGracePeriodSeconds?: number | undefined;
  /** The time in seconds after which a check fails. Default 1. */
  timeoutSeconds?: number | undefined;
}

export interface ProjectedVolumeSource {
  defaultMode?: number | undefined;
  sources?: VolumeProjection[] | undefined;
}

export interface QuobyteVolumeSource {
  group?: string | undefined;
  readOnly?: boolean | undefined;
  registry: string;
  tenant?: string | undefined;
  user?: string | undefined;
  volume: string;
}

export interface RBDPersistentVolumeSource {
  fsType?: string | undefined;
  image: string;
  keyring?: string | undefined;
  monitors: string[];
  pool?: string | undefined;
  readOnly?: boolean | undefined;
  secretRef?: SecretReference | undefined;
  user?: string | undefined;
}

export interface RBDVolumeSource {
  fsType?: string | undefined;
  image: string;
  keyring?: string | undefined;
  monitors: string[];
  pool?: string | undefined;
  readOnly?: boolean | undefined;
  secretRef?: LocalObjectReference | undefined;
  user?: string | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#replicationcontroller-v1-core */
export interface ReplicationController {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec?: ReplicationControllerSpec | undefined;
  status?: ReplicationControllerStatus | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#replicationcontroller-v1-core */
export const ReplicationController: Resource<ReplicationController, 'Namespaced', ReplicationControllerSubresources> = {
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    scale: { kind: 'autoscaling/v1/Scale', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'v1/ReplicationController', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link ReplicationController} that take an object or carry bytes. */
export interface ReplicationControllerSubresources {
  scale: Subresource<Scale, 'get' | 'patch' | 'update'>;
  status: Subresource<ReplicationController, 'get' | 'patch' | 'update'>;
}

export interface ReplicationControllerCondition {
  lastTransitionTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface ReplicationControllerList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ReplicationController[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ReplicationControllerSpec {
  /** The time in seconds that a pod must be ready to count as available. Default 0. */
  minReadySeconds?: number | undefined;
  /** The desired number of pods. Default 1. */
  replicas?: number | undefined;
  /** The labels of the pods. Default: those of the template. */
  selector?: { [key: string]: string } | undefined;
  /** The template of new pods. */
  template?: PodTemplateSpec | undefined;
}

export interface ReplicationControllerStatus {
  /** The number of pods that were ready for `minReadySeconds`. */
  availableReplicas?: number | undefined;
  /** Conditions such as `ReplicaFailure`. */
  conditions?: ReplicationControllerCondition[] | undefined;
  /** The number of pods with all labels of the template. */
  fullyLabeledReplicas?: number | undefined;
  /** The `metadata.generation` that the controller has seen. */
  observedGeneration?: number | undefined;
  /** The number of ready pods. */
  readyReplicas?: number | undefined;
  /** The number of pods. */
  replicas: number;
}

export interface ResourceClaim {
  name: string;
  request?: string | undefined;
}

export interface ResourceFieldSelector {
  containerName?: string | undefined;
  divisor?: Quantity | undefined;
  resource: string;
}

export interface ResourceHealth {
  health?: string | undefined;
  message?: string | undefined;
  resourceID: string;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#resourcequota-v1-core */
export interface ResourceQuota {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec?: ResourceQuotaSpec | undefined;
  status?: ResourceQuotaStatus | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#resourcequota-v1-core */
export const ResourceQuota: Resource<ResourceQuota, 'Namespaced', ResourceQuotaSubresources> = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'v1/ResourceQuota', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link ResourceQuota} that take an object or carry bytes. */
export interface ResourceQuotaSubresources {
  status: Subresource<ResourceQuota, 'get' | 'patch' | 'update'>;
}

export interface ResourceQuotaList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ResourceQuota[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ResourceQuotaSpec {
  /** The greatest total of each resource in the namespace. */
  hard?: { [key: string]: Quantity } | undefined;
  /** The objects that count, by scope and value. */
  scopeSelector?: ScopeSelector | undefined;
  /** The scopes of the objects that count. All must match. */
  scopes?: ('BestEffort' | 'CrossNamespacePodAffinity' | 'NotBestEffort' | 'NotTerminating' | 'PriorityClass' | 'Terminating' | 'VolumeAttributesClass')[] | undefined;
}

export interface ResourceQuotaStatus {
  hard?: { [key: string]: Quantity } | undefined;
  used?: { [key: string]: Quantity } | undefined;
}

/** The compute resources of a container or a pod. */
export interface ResourceRequirements {
  /** The claims of the pod that the container uses. */
  claims?: ResourceClaim[] | undefined;
  /** The greatest amounts. More cpu is throttled; more memory ends the container. */
  limits?: { [key: string]: Quantity } | undefined;
  /** The amounts that the scheduler reserves. Default: the limits. */
  requests?: { [key: string]: Quantity } | undefined;
}

export interface ResourceStatus {
  name: string;
  resources?: ResourceHealth[] | undefined;
}

export interface SELinuxOptions {
  level?: string | undefined;
  role?: string | undefined;
  type?: string | undefined;
  user?: string | undefined;
}

export interface ScaleIOPersistentVolumeSource {
  fsType?: string | undefined;
  gateway: string;
  protectionDomain?: string | undefined;
  readOnly?: boolean | undefined;
  secretRef: SecretReference;
  sslEnabled?: boolean | undefined;
  storageMode?: string | undefined;
  storagePool?: string | undefined;
  system: string;
  volumeName?: string | undefined;
}

export interface ScaleIOVolumeSource {
  fsType?: string | undefined;
  gateway: string;
  protectionDomain?: string | undefined;
  readOnly?: boolean | undefined;
  secretRef: LocalObjectReference;
  sslEnabled?: boolean | undefined;
  storageMode?: string | undefined;
  storagePool?: string | undefined;
  system: string;
  volumeName?: string | undefined;
}

export interface ScopeSelector {
  matchExpressions?: ScopedResourceSelectorRequirement[] | undefined;
}

export interface ScopedResourceSelectorRequirement {
  operator: 'DoesNotExist' | 'Exists' | 'In' | 'NotIn';
  scopeName: 'BestEffort' | 'CrossNamespacePodAffinity' | 'NotBestEffort' | 'NotTerminating' | 'PriorityClass' | 'Terminating' | 'VolumeAttributesClass';
  values?: string[] | undefined;
}

export interface SeccompProfile {
  localhostProfile?: string | undefined;
  type: 'Localhost' | 'RuntimeDefault' | 'Unconfined';
}

/**
 * A secret holds passwords, tokens and keys, at most 1 MiB.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#secret-v1-core
 */
export interface Secret {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** Bytes by key, in base64. */
  data?: { [key: string]: string } | undefined;
  /** True if the data cannot change any more. It cannot be unset. */
  immutable?: boolean | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** Texts by key, for writing only. The server moves them to `data`. */
  stringData?: { [key: string]: string } | undefined;
  /** The type, which may require keys. Default `Opaque`. */
  type?: string | undefined;
}

/**
 * A secret holds passwords, tokens and keys, at most 1 MiB.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#secret-v1-core
 */
export const Secret: Resource<Secret, 'Namespaced'> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface SecretEnvSource {
  name?: string | undefined;
  optional?: boolean | undefined;
}

export interface SecretKeySelector {
  key: string;
  name?: string | undefined;
  optional?: boolean | undefined;
}

export interface SecretList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Secret[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface SecretProjection {
  items?: KeyToPath[] | undefined;
  name?: string | undefined;
  optional?: boolean | undefined;
}

export interface SecretReference {
  name?: string | undefined;
  namespace?: string | undefined;
}

export interface SecretVolumeSource {
  defaultMode?: number | undefined;
  items?: KeyToPath[] | undefined;
  optional?: boolean | undefined;
  secretName?: string | undefined;
}

/** Security settings of a container. */
export interface SecurityContext {
  /** True if a process can gain more rights than its parent. Always true for privileged containers. */
  allowPrivilegeEscalation?: boolean | undefined;
  /** The AppArmor profile. */
  appArmorProfile?: AppArmorProfile | undefined;
  /** The Linux capabilities to add and to drop. */
  capabilities?: Capabilities | undefined;
  /** True if the container has nearly the rights of root on the node. Default false. */
  privileged?: boolean | undefined;
  /** `Default` or `Unmasked`: the form of `/proc`. */
  procMount?: 'Default' | 'Unmasked' | undefined;
  /** True if the root file system is read-only. Default false. */
  readOnlyRootFilesystem?: boolean | undefined;
  /** The group id of the program. */
  runAsGroup?: number | undefined;
  /** True if the kubelet refuses to start the container as root. */
  runAsNonRoot?: boolean | undefined;
  /** The user id of the program. Default: the image's. */
  runAsUser?: number | undefined;
  /** The SELinux context. */
  seLinuxOptions?: SELinuxOptions | undefined;
  /** The seccomp profile. */
  seccompProfile?: SeccompProfile | undefined;
  /** Settings of Windows containers. */
  windowsOptions?: WindowsSecurityContextOptions | undefined;
}

/**
 * A service gives a set of pods one name and one address.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#service-v1-core
 */
export interface Service {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec?: ServiceSpec | undefined;
  /** The observed state, such as the addresses of a load balancer. */
  status?: ServiceStatus | undefined;
}

/**
 * A service gives a set of pods one name and one address.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#service-v1-core
 */
export const Service: Resource<Service, 'Namespaced', ServiceSubresources> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    proxy: { kind: 'v1/ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    status: { kind: 'v1/Service', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link Service} that take an object or carry bytes. */
export interface ServiceSubresources {
  status: Subresource<Service, 'get' | 'patch' | 'update'>;
  proxy: ByteSubresource;
}

/**
 * A service account is the identity of programs in pods.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#serviceaccount-v1-core
 */
export interface ServiceAccount {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** True if pods mount a token of the account. A pod can override it. */
  automountServiceAccountToken?: boolean | undefined;
  /** The image pull secrets that pods of the account get. */
  imagePullSecrets?: LocalObjectReference[] | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The Secrets that pods of the account may use. Enforced only with an annotation. */
  secrets?: ObjectReference[] | undefined;
}

/**
 * A service account is the identity of programs in pods.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#serviceaccount-v1-core
 */
export const ServiceAccount: Resource<ServiceAccount, 'Namespaced', ServiceAccountSubresources> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    token: { kind: 'authentication.k8s.io/v1/TokenRequest', verbs: ['create'] },
  },
};

/** The subresources of {@link ServiceAccount} that take an object or carry bytes. */
export interface ServiceAccountSubresources {
  token: Subresource<TokenRequest, 'create'>;
}

export interface ServiceAccountList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ServiceAccount[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ServiceAccountTokenProjection {
  audience?: string | undefined;
  expirationSeconds?: number | undefined;
  path: string;
}

export interface ServiceList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Service[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

/** A port of a service. */
export interface ServicePort {
  /** The application protocol, such as `http` or `kubernetes.io/h2c`. */
  appProtocol?: string | undefined;
  /** The name of the port. Required if there are several. */
  name?: string | undefined;
  /** The port on every node, for `NodePort` and `LoadBalancer`. The server chooses one by default. */
  nodePort?: number | undefined;
  /** The port at the address of the service. */
  port: number;
  /** `TCP` (default), `UDP` or `SCTP`. */
  protocol?: 'SCTP' | 'TCP' | 'UDP' | undefined;
  /** The port of the pods, by number or by name. Default: `port`. */
  targetPort?: IntOrString | undefined;
}

/** The desired state of a service. */
export interface ServiceSpec {
  /** True if a `LoadBalancer` also gets node ports. Default true. */
  allocateLoadBalancerNodePorts?: boolean | undefined;
  /** The virtual address. The server chooses one; `None` makes the service headless. It cannot change. */
  clusterIP?: string | undefined;
  /** The virtual addresses, at most one of each family. The first equals `clusterIP`. */
  clusterIPs?: string[] | undefined;
  /** Addresses outside the cluster that lead to its nodes. Kubernetes does not manage them. */
  externalIPs?: string[] | undefined;
  /** The DNS name that a service of type `ExternalName` stands for. */
  externalName?: string | undefined;
  /** `Cluster` (default) or `Local`: whether traffic from outside stays on its node and keeps its source address. */
  externalTrafficPolicy?: 'Cluster' | 'Local' | undefined;
  /** The port at which load balancers check nodes, for `externalTrafficPolicy: Local`. */
  healthCheckNodePort?: number | undefined;
  /** `Cluster` (default) or `Local`: whether traffic from pods stays on its node. */
  internalTrafficPolicy?: 'Cluster' | 'Local' | undefined;
  /** The address families of the service: `IPv4`, `IPv6`, or both. */
  ipFamilies?: ('' | 'IPv4' | 'IPv6')[] | undefined;
  /** `SingleStack` (default), `PreferDualStack` or `RequireDualStack`. */
  ipFamilyPolicy?: 'PreferDualStack' | 'RequireDualStack' | 'SingleStack' | undefined;
  /** The implementation of the load balancer. Default: that of the cloud. */
  loadBalancerClass?: string | undefined;
  /** A deprecated request for an address. Use annotations of the implementation. */
  loadBalancerIP?: string | undefined;
  /** The client networks that may reach the load balancer. */
  loadBalancerSourceRanges?: string[] | undefined;
  /** The ports of the service. */
  ports?: ServicePort[] | undefined;
  /** True if pods that are not ready count as endpoints. Default false. */
  publishNotReadyAddresses?: boolean | undefined;
  /** The labels of the pods behind the service. Without one, endpoints are managed by hand. */
  selector?: { [key: string]: string } | undefined;
  /** `None` (default) or `ClientIP`: whether a client reaches the same pod again. */
  sessionAffinity?: 'ClientIP' | 'None' | undefined;
  /** The settings of the session affinity. */
  sessionAffinityConfig?: SessionAffinityConfig | undefined;
  /** A preference for near endpoints, such as `PreferSameZone` or `PreferSameNode`. */
  trafficDistribution?: string | undefined;
  /** `ClusterIP` (default), `NodePort`, `LoadBalancer` or `ExternalName`. */
  type?: 'ClusterIP' | 'ExternalName' | 'LoadBalancer' | 'NodePort' | undefined;
}

export interface ServiceStatus {
  /** The conditions of the service. */
  conditions?: Condition[] | undefined;
  /** The addresses of the load balancer, once it exists. */
  loadBalancer?: LoadBalancerStatus | undefined;
}

export interface SessionAffinityConfig {
  clientIP?: ClientIPConfig | undefined;
}

export interface SleepAction {
  seconds: number;
}

export interface StorageOSPersistentVolumeSource {
  fsType?: string | undefined;
  readOnly?: boolean | undefined;
  secretRef?: ObjectReference | undefined;
  volumeName?: string | undefined;
  volumeNamespace?: string | undefined;
}

export interface StorageOSVolumeSource {
  fsType?: string | undefined;
  readOnly?: boolean | undefined;
  secretRef?: LocalObjectReference | undefined;
  volumeName?: string | undefined;
  volumeNamespace?: string | undefined;
}

export interface Sysctl {
  name: string;
  value: string;
}

export interface TCPSocketAction {
  host?: string | undefined;
  port: IntOrString;
}

/** A taint keeps away pods that do not tolerate it. */
export interface Taint {
  /** `NoSchedule`, `PreferNoSchedule`, or `NoExecute`, which also evicts running pods. */
  effect: 'NoExecute' | 'NoSchedule' | 'PreferNoSchedule';
  /** The key. */
  key: string;
  /** The time at which the taint was added. */
  timeAdded?: Time | undefined;
  /** The value. */
  value?: string | undefined;
}

/** A toleration lets a pod run on nodes with matching taints. */
export interface Toleration {
  /** `NoSchedule`, `PreferNoSchedule` or `NoExecute`. Empty matches all. */
  effect?: 'NoExecute' | 'NoSchedule' | 'PreferNoSchedule' | undefined;
  /** The key of the taint. Empty matches all, with the operator `Exists`. */
  key?: string | undefined;
  /** `Equal` (default), `Exists`, or a numeric comparison (`Lt`, `Gt`). */
  operator?: 'Equal' | 'Exists' | 'Gt' | 'Lt' | undefined;
  /** The time in seconds that the pod stays after a `NoExecute` taint appears. Default: for ever. */
  tolerationSeconds?: number | undefined;
  /** The value of the taint, for the operator `Equal`. */
  value?: string | undefined;
}

export interface TopologySelectorLabelRequirement {
  key: string;
  values: string[];
}

export interface TopologySelectorTerm {
  matchLabelExpressions?: TopologySelectorLabelRequirement[] | undefined;
}

/** A rule that spreads pods over domains such as zones. */
export interface TopologySpreadConstraint {
  /** The pods that are counted. */
  labelSelector?: LabelSelector | undefined;
  /** Labels of the incoming pod whose values are added to the selector. */
  matchLabelKeys?: string[] | undefined;
  /** The greatest difference between the number of pods in two domains. At least 1. */
  maxSkew: number;
  /** The number of domains below which the smallest count is taken as 0. */
  minDomains?: number | undefined;
  /** `Honor` (default) or `Ignore`: whether only nodes count that match the affinity of the pod. */
  nodeAffinityPolicy?: 'Honor' | 'Ignore' | undefined;
  /** `Ignore` (default) or `Honor`: whether tainted nodes count. */
  nodeTaintsPolicy?: 'Honor' | 'Ignore' | undefined;
  /** The label of nodes whose values are the domains. */
  topologyKey: string;
  /** `DoNotSchedule` or `ScheduleAnyway`. */
  whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
}

export interface TypedLocalObjectReference {
  apiGroup?: string | undefined;
  kind: string;
  name: string;
}

export interface TypedObjectReference {
  apiGroup?: string | undefined;
  kind: string;
  name: string;
  namespace?: string | undefined;
}

/** A volume of a pod. Exactly one source is set. */
export interface Volume {
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource | undefined;
  azureDisk?: AzureDiskVolumeSource | undefined;
  azureFile?: AzureFileVolumeSource | undefined;
  cephfs?: CephFSVolumeSource | undefined;
  cinder?: CinderVolumeSource | undefined;
  /** The keys of a ConfigMap as files. */
  configMap?: ConfigMapVolumeSource | undefined;
  /** A volume that a CSI driver provides for the life of the pod. */
  csi?: CSIVolumeSource | undefined;
  /** Fields of the pod as files. */
  downwardAPI?: DownwardAPIVolumeSource | undefined;
  /** An empty folder that lives as long as the pod. */
  emptyDir?: EmptyDirVolumeSource | undefined;
  /** A volume from a claim that is created and deleted with the pod. */
  ephemeral?: EphemeralVolumeSource | undefined;
  fc?: FCVolumeSource | undefined;
  flexVolume?: FlexVolumeSource | undefined;
  flocker?: FlockerVolumeSource | undefined;
  gcePersistentDisk?: GCEPersistentDiskVolumeSource | undefined;
  gitRepo?: GitRepoVolumeSource | undefined;
  glusterfs?: GlusterfsVolumeSource | undefined;
  /** A file or folder of the node. Most pods should not use it. */
  hostPath?: HostPathVolumeSource | undefined;
  /** The content of an image. */
  image?: ImageVolumeSource | undefined;
  iscsi?: ISCSIVolumeSource | undefined;
  /** The name, unique within the pod. A DNS label. */
  name: string;
  /** A folder of an NFS server. */
  nfs?: NFSVolumeSource | undefined;
  /** The volume of a PersistentVolumeClaim in the namespace. */
  persistentVolumeClaim?: PersistentVolumeClaimVolumeSource | undefined;
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource | undefined;
  portworxVolume?: PortworxVolumeSource | undefined;
  /** Several sources in one folder: Secrets, ConfigMaps, downward API, tokens, trust bundles. */
  projected?: ProjectedVolumeSource | undefined;
  quobyte?: QuobyteVolumeSource | undefined;
  rbd?: RBDVolumeSource | undefined;
  scaleIO?: ScaleIOVolumeSource | undefined;
  /** The keys of a Secret as files. */
  secret?: SecretVolumeSource | undefined;
  storageos?: StorageOSVolumeSource | undefined;
  vsphereVolume?: VsphereVirtualDiskVolumeSource | undefined;
}

export interface VolumeDevice {
  devicePath: string;
  name: string;
}

/** A volume that is mounted into a container. */
export interface VolumeMount {
  /** The path in the container. Must not contain `:`. */
  mountPath: string;
  /** `None` (default), `HostToContainer` or `Bidirectional`: whether later mounts are visible on the other side. */
  mountPropagation?: 'Bidirectional' | 'HostToContainer' | 'None' | undefined;
  /** The name of a volume of the pod. */
  name: string;
  /** True if the volume cannot be written to. Default false. */
  readOnly?: boolean | undefined;
  /** `Disabled` (default), `IfPossible` or `Enabled`: whether mounts below are read-only too. */
  recursiveReadOnly?: string | undefined;
  /** The path inside the volume that is mounted. Default: its root. */
  subPath?: string | undefined;
  /** As `subPath`, with `$(NAME)` expanded from the environment. */
  subPathExpr?: string | undefined;
}

export interface VolumeMountStatus {
  mountPath: string;
  name: string;
  readOnly?: boolean | undefined;
  recursiveReadOnly?: string | undefined;
  volumeStatus?: VolumeStatus | undefined;
}

export interface VolumeNodeAffinity {
  required?: NodeSelector | undefined;
}

export interface VolumeProjection {
  clusterTrustBundle?: ClusterTrustBundleProjection | undefined;
  configMap?: ConfigMapProjection | undefined;
  downwardAPI?: DownwardAPIProjection | undefined;
  podCertificate?: PodCertificateProjection | undefined;
  secret?: SecretProjection | undefined;
  serviceAccountToken?: ServiceAccountTokenProjection | undefined;
}

export interface VolumeResourceRequirements {
  limits?: { [key: string]: Quantity } | undefined;
  requests?: { [key: string]: Quantity } | undefined;
}

export interface VolumeStatus {
  image?: ImageVolumeStatus | undefined;
}

export interface VsphereVirtualDiskVolumeSource {
  fsType?: string | undefined;
  storagePolicyID?: string | undefined;
  storagePolicyName?: string | undefined;
  volumePath: string;
}

export interface WeightedPodAffinityTerm {
  podAffinityTerm: PodAffinityTerm;
  weight: number;
}

export interface WindowsSecurityContextOptions {
  gmsaCredentialSpec?: string | undefined;
  gmsaCredentialSpecName?: string | undefined;
  hostProcess?: boolean | undefined;
  runAsUserName?: string | undefined;
}
