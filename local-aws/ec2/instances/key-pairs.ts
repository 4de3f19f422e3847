import { createHash, generateKeyPairSync } from 'crypto';
import { CreateKeyPairRequest, DeleteKeyPairRequest, DescribeKeyPairsRequest, ImportKeyPairRequest, TagSpecification } from '@aws-sdk/client-ec2';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { permissionsToCreate, specifiedTags } from '../authorization/ec2-authorization';
import { ownArn } from '../authorization/iam-resources';
import { page } from '../requests/filters-and-pages';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { inAccountAndRegion, newResourceId } from '../state/ec2-state';
import { KeyPair } from '../state/records';
import { checkTagSpecifications } from '../tags/validate-tags';

export const keyPairOperations: Ec2Operations = {
  CreateKeyPair: (ec2, call) => {
    const { KeyName: name = '', TagSpecifications } = call.input as unknown as CreateKeyPairRequest;
    const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    return { ...addKeyPair(ec2, call, name, publicKey, TagSpecifications), KeyMaterial: privateKey };
  },
  ImportKeyPair: (ec2, call) => {
    const { KeyName: name = '', PublicKeyMaterial, TagSpecifications } = call.input as unknown as ImportKeyPairRequest;
    return addKeyPair(ec2, call, name, Buffer.from(PublicKeyMaterial ?? []).toString('base64'), TagSpecifications);
  },
  DescribeKeyPairs: (ec2, call) => {
    ec2.permissions.require(call);
    const input = call.input as DescribeKeyPairsRequest;
    const all = inAccountAndRegion(ec2.state.keyPairs, accountAndRegionOf(call));
    (input.KeyNames ?? []).forEach(name => findKeyPair(ec2, call, name));
    const shown = all.filter(one =>
      (!input.KeyNames?.length || input.KeyNames.includes(one.name)) && (!input.KeyPairIds?.length || input.KeyPairIds.includes(one.id)));
    const { items } = page(shown.map(one => describedKeyPair(ec2, call, one)), {}, 5);
    return { KeyPairs: items };
  },
  DeleteKeyPair: (ec2, call) => {
    const { KeyName, KeyPairId } = call.input as DeleteKeyPairRequest;
    const place = accountAndRegionOf(call);
    const found = inAccountAndRegion(ec2.state.keyPairs, place).find(one => one.name === KeyName || one.id === KeyPairId);
    ec2.permissions.require(call, [{ resource: { arn: ownArn(place, 'key-pair', found?.name ?? KeyName ?? '*'), context: {} } }]);
    // EC2 returns no error for a key pair that does not exist
    ec2.state.keyPairs.delete(found?.id ?? '');
    return { Return: true, KeyPairId: found?.id };
  },
};

/** Returns the key pair by name. Throws if the account has none in the Region. */
export function findKeyPair(ec2: Ec2Context, call: Call, name: string): KeyPair {
  const found = inAccountAndRegion(ec2.state.keyPairs, accountAndRegionOf(call)).find(one => one.name === name);
  if (!found) {
    throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
  }
  return found;
}

function addKeyPair(ec2: Ec2Context, call: Call, name: string, publicKey: string, specifications: readonly TagSpecification[] | undefined): object {
  const place = accountAndRegionOf(call);
  checkTagSpecifications(specifications, ['key-pair']);
  const tags = specifiedTags(specifications, 'key-pair');
  ec2.permissions.require(call, permissionsToCreate(call, { arn: ownArn(place, 'key-pair', name), context: {} }, tags));
  if (inAccountAndRegion(ec2.state.keyPairs, place).some(one => one.name === name)) {
    throw new AwsError('InvalidKeyPair.Duplicate', `The keypair '${name}' already exists.`);
  }
  const fingerprint = createHash('sha256').update(publicKey).digest('base64');
  const keyPair: KeyPair = { ...place, id: newResourceId('key'), name, fingerprint };
  ec2.state.keyPairs.set(keyPair.id, keyPair);
  ec2.state.tags.put(place.account, keyPair.id, tags);
  return describedKeyPair(ec2, call, keyPair);
}

function describedKeyPair(ec2: Ec2Context, call: Call, { id, name, fingerprint }: KeyPair) {
  return { KeyPairId: id, KeyName: name, KeyFingerprint: fingerprint, KeyType: 'ed25519', Tags: ec2.state.tags.described(call.principal.account, id) };
}
