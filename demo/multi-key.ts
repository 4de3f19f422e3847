import { strictEqual } from 'assert';
import { DemoScript } from './demo-run';

/** A key for each snapshot. */
export const multiKey: DemoScript = {
  example: 'multi-key-ami',
  stack: 'MultiKey',
  async run(stage) {
    await stage.bootstrap();

    await stage.deploy('three keys, an AMI whose every snapshot has its own, an instance launched from it');
    const keys = { '/dev/xvda': stage.output('SystemKeyArn'), '/dev/sdf': stage.output('DatabaseKeyArn'), '/dev/sdg': stage.output('LogsKeyArn') };
    strictEqual(new Set(Object.values(keys)).size, 3, 'there are three keys');
    const shown = await stage.printAndVerify(keys);

    await stage.destroy();
    await stage.verifyDeleted(shown);
    await stage.verifyAccountIsEmpty();
  },
};
