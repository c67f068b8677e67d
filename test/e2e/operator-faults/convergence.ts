import { deepEqual, findCondition, isControlledBy } from 'keelson';
import { deploymentFor, serviceFor } from '../../../examples/website-operator/children.js';
import type { World } from './world.js';

/** Returns the differences between the cluster and the websites. */
export async function differences(world: World): Promise<string[]> {
  const [{ items: websites }, { items: deployments }, { items: services }, directory] = await Promise.all([
    world.websites.list().page(),
    world.deployments.list().page(),
    world.services.list().page(),
    world.directory.find('website-directory'),
  ]);
  for (const deployment of deployments) await world.rollOut(deployment);
  const found: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) found.push(what);
  };
  const named = websites.map(({ metadata }) => metadata.name).sort();
  const namesOf = (objects: readonly { readonly metadata: { readonly name: string } }[]) =>
    objects.map(({ metadata }) => metadata.name).sort();
  expect(`${namesOf(deployments)}` === `${named}`, `deployments ${namesOf(deployments)} for websites ${named}`);
  expect(`${namesOf(services)}` === `${named}`, `services ${namesOf(services)} for websites ${named}`);

  const hosts = directory?.data ?? {};
  const wanted = new Set(websites.map(({ spec }) => spec.host));
  const strangers = Object.keys(hosts).filter((host) => !wanted.has(host));
  expect(strangers.length === 0, `in the directory are hosts of nobody: ${strangers}`);

  for (const website of websites) {
    const { name, generation, deletionTimestamp } = website.metadata;
    const { host, replicas, image } = website.spec;
    const deployment = deployments.find(({ metadata }) => metadata.name === name);
    const service = services.find(({ metadata }) => metadata.name === name);
    expect(deletionTimestamp === undefined, `${name} is still being deleted`);
    for (const owned of [deployment, service]) {
      const owners = owned?.metadata.ownerReferences?.length;
      expect(owned !== undefined && owners === 1 && isControlledBy(owned, website), `${name} does not own its objects`);
    }
    const container = deployment?.spec?.template.spec?.containers[0];
    expect(
      deployment?.spec?.replicas === replicas && container?.image === image,
      `the deployment ${name} is not as its website says`,
    );
    const { selector } = serviceFor(website).spec ?? {};
    expect(deepEqual(service?.spec?.selector, selector), `the service ${name} leads elsewhere`);
    const { metadata } = deploymentFor(website);
    expect(deployment?.metadata.labels?.['app.kubernetes.io/instance'] === metadata?.name, `${name} lost its labels`);

    const holder = hosts[host] ?? 'nobody';
    const hasIt = holder === `shop/${name}`;
    const rival = websites.some((other) => other.spec.host === host && holder === `shop/${other.metadata.name}`);
    expect(rival, `${host}, which ${name} wants, belongs to ${holder}`);
    const claimed = findCondition(website.status?.conditions, 'HostClaimed');
    const ready = findCondition(website.status?.conditions, 'Ready');
    expect(claimed?.status === (hasIt ? 'True' : 'False'), `${name} says of its host ${claimed?.message}`);
    expect(ready?.status === (hasIt ? 'True' : 'False'), `${name} is not ready: ${ready?.message}`);
    for (const condition of [claimed, ready])
      expect(condition?.observedGeneration === generation, `${name}'s ${condition?.type} is of another generation`);
    expect(website.status?.observedGeneration === generation, `${name}'s status is of another generation`);
    expect(
      website.status?.readyReplicas === replicas,
      `${name} counts ${website.status?.readyReplicas} of ${replicas}`,
    );
  }
  expect(world.leader !== undefined && world.leader.name === world.holder, 'nobody leads');
  return found;
}
