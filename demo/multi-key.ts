import { strictEqual } from 'assert';
import { DemoScript } from './demo-run';
import { exampleApp } from './example-app';

/** Encrypts the system, the data and the logs of a database with keys of their own. */
export const multiKey: DemoScript = {
  ...exampleApp('database'),
  stacks: ['Database'],
  async run(demo) {
    await demo.bootstrap();

    await demo.deploy('three keys, an AMI whose every snapshot has its own, an instance launched from it');
    const keys = { '/dev/xvda': demo.output('SystemKeyArn'), '/dev/sdf': demo.output('DataKeyArn'), '/dev/sdg': demo.output('LogsKeyArn') };
    strictEqual(new Set(Object.values(keys)).size, 3, 'there are three keys');
    const shown = await demo.verify(keys);

    await demo.destroy();
    await demo.verifyDeleted(shown);
    await demo.verifyNothingIsLeft();
  },
};
