import { notStrictEqual } from 'assert';
import { DemoScript } from './demo-run';
import { exampleApp } from './example-app';

/** Encrypts a copy with one key, then with another. */
export const encryptedCopy: DemoScript = {
  ...exampleApp('encrypted-copy'),
  stacks: ['GoldenImage'],
  async run(demo) {
    await demo.bootstrap();

    await demo.deploy('a key, a copy of Amazon Linux 2023, an instance launched from the copy');
    const first = await demo.verify({ '/dev/xvda': demo.output('KeyArn') });

    await demo.deploy('another key, so another image, and another instance', '-c', 'key=2');
    const second = await demo.verify({ '/dev/xvda': demo.output('KeyArn') });
    notStrictEqual(second.image[0].ownerId, first.image[0].ownerId, 'the image was replaced');
    notStrictEqual(second.image[0].key, first.image[0].key, 'the key is another one');
    await demo.verifyDeleted(first);

    await demo.destroy();
    await demo.verifyDeleted(second);
    await demo.verifyNothingIsLeft();
  },
};
