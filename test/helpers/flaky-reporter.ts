import type { Reporter, TestModule } from 'vitest/node';

/** Names the tests that passed only at a later try, so that a second try hides nothing. */
export class FlakyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules)
      for (const test of module.children.allTests('passed'))
        if (test.diagnostic()?.flaky === true) console.log(`FLAKY ${module.relativeModuleId} > ${test.fullName}`);
  }
}
