import { notStrictEqual } from 'assert';
import { DemoScript } from './demo-run';

/** Encrypts a copy with one key, then with another. */
export const encryptedCopy: DemoScript = {
  example: 'encrypted-copy',
  stack: 'GoldenImage',
  async run(demo) {
    await demo.bootstrap();

    await demo.deploy('a key, a copy of Amazon Linux 2023 encrypted with it, an instance launched from the copy');
    const first = await demo.printAndVerify({ '/dev/xvda': demo.output('KeyArn') });

    await demo.deploy('another key, so another image, and another instance', '-c', 'key=2');
    const second = await demo.printAndVerify({ '/dev/xvda': demo.output('KeyArn') });
    notStrictEqual(second.image[0].ownerId, first.image[0].ownerId, 'the image was replaced');
    notStrictEqual(second.image[0].key, first.image[0].key, 'the key is another one');
    await demo.verifyDeleted(first);
    demo.print(`\nThe image ${first.image[0].ownerId} and its snapshots are gone: CloudFormation had them deleted once the new instance ran.`);

    await demo.destroy();
    await demo.verifyDeleted(second);
    await demo.verifyAccountIsEmpty();
  },
};
