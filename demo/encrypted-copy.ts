import { notStrictEqual } from 'assert';
import { DemoScript } from './demo-run';

/** One key, then another. */
export const encryptedCopy: DemoScript = {
  example: 'encrypted-copy',
  stack: 'GoldenImage',
  async run(stage) {
    await stage.bootstrap();

    await stage.deploy('a key, a copy of Amazon Linux 2023 encrypted with it, an instance launched from the copy');
    const first = await stage.printAndVerify({ '/dev/xvda': stage.output('KeyArn') });

    await stage.deploy('another key, so another image, and another instance', '-c', 'key=2');
    const second = await stage.printAndVerify({ '/dev/xvda': stage.output('KeyArn') });
    notStrictEqual(second.image[0].of, first.image[0].of, 'the image was replaced');
    notStrictEqual(second.image[0].key, first.image[0].key, 'the key is another one');
    await stage.verifyDeleted(first);
    stage.print(`\nThe image ${first.image[0].of} and its snapshots are gone: CloudFormation had them deleted once the new instance ran.`);

    await stage.destroy();
    await stage.verifyDeleted(second);
    await stage.verifyAccountIsEmpty();
  },
};
