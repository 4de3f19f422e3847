import { strictEqual } from 'assert';
import { DemoScript } from './demo-run';

/** Encrypts each snapshot with its own key. */
export const multiKey: DemoScript = {
  example: 'multi-key-ami',
  stack: 'MultiKey',
  async run(demo) {
    await demo.bootstrap();

    await demo.deploy('three keys, an AMI whose every snapshot has its own, an instance launched from it');
    const keys = { '/dev/xvda': demo.output('SystemKeyArn'), '/dev/sdf': demo.output('DatabaseKeyArn'), '/dev/sdg': demo.output('LogsKeyArn') };
    strictEqual(new Set(Object.values(keys)).size, 3, 'there are three keys');
    const shown = await demo.printAndVerify(keys);

    await demo.destroy();
    await demo.verifyDeleted(shown);
    await demo.verifyAccountIsEmpty();
  },
};
