import { EC2Client } from '@aws-sdk/client-ec2';
import { TestWorld } from './test-ec2';

/** A world of its own for each test of the file that imports this, and EC2 in it as the administrator of its account. */
export let world: TestWorld;
export let client: EC2Client;

beforeEach(async () => {
  world = await TestWorld.start();
  client = world.client();
});
afterEach(() => world.stop());
