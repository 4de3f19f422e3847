import { strictEqual } from 'assert';
import { Play } from './demo-run';

/** A key for each snapshot. */
export const multiKey: Play = {
  example: 'multi-key-ami',
  stack: 'MultiKey',
  async perform(stage) {
    await stage.bootstrap();

    await stage.deploy('three keys, an AMI whose every snapshot has its own, an instance launched from it');
    const keys = { '/dev/xvda': stage.output('SystemKeyArn'), '/dev/sdf': stage.output('DatabaseKeyArn'), '/dev/sdg': stage.output('LogsKeyArn') };
    strictEqual(new Set(Object.values(keys)).size, 3, 'there are three keys');
    const shown = await stage.show(keys);

    await stage.destroy();
    await stage.gone(shown);
    await stage.nothingLeft();
  },
};
