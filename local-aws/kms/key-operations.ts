import {
  CancelKeyDeletionRequest, CreateKeyRequest, DescribeKeyRequest, GetKeyPolicyRequest, ListKeysRequest, PutKeyPolicyRequest,
  ScheduleKeyDeletionRequest, UpdateKeyDescriptionRequest,
} from '@aws-sdk/client-kms';
import { accountAndRegionOf, AwsError, Call } from '../aws-call';
import { arnOf, Key, metadataOf } from './key';
import { checkPolicy } from './key-policy-checks';
import { checkMaterial } from './key-spec';
import { Found } from './keys';
import { KmsContext } from './kms-context';
import { Operation } from '../wire/service';

const day = 24 * 60 * 60 * 1000;

export function keyOperations(parts: () => KmsContext): Record<string, Operation> {
  return {
    CreateKey: call => createKey(parts(), call),
    DescribeKey: call => {
      const { KeyId } = call.input as unknown as DescribeKeyRequest;
      const { key } = allowed(parts(), call, KeyId);
      return { KeyMetadata: metadataOf(key, parts().keys.related(key)) };
    },
    ListKeys: call => {
      const { Limit } = call.input as ListKeysRequest;
      parts().authorization.requireForAccount(call, 'kms:ListKeys');
      const keys = parts().keys.of(accountAndRegionOf(call)).slice(0, Limit);
      return { Keys: keys.map(key => ({ KeyId: key.keyId, KeyArn: arnOf(key) })), Truncated: false };
    },
    GetKeyPolicy: call => {
      const { KeyId } = call.input as unknown as GetKeyPolicyRequest;
      return { Policy: allowedById(parts(), call, KeyId).key.policy, PolicyName: 'default' };
    },
    PutKeyPolicy: call => {
      const { KeyId, Policy = '', BypassPolicyLockoutSafetyCheck } = call.input as unknown as PutKeyPolicyRequest;
      const key = allowedById(parts(), call, KeyId).key;
      checkPolicy(parts(), call, key, Policy, BypassPolicyLockoutSafetyCheck);
      key.policy = Policy;
    },
    EnableKey: call => {
      const key = usable(allowedById(parts(), call, String(call.input.KeyId)).key);
      key.state = 'Enabled';
    },
    DisableKey: call => {
      const key = usable(allowedById(parts(), call, String(call.input.KeyId)).key);
      key.state = 'Disabled';
    },
    ScheduleKeyDeletion: call => scheduleDeletion(parts(), call),
    CancelKeyDeletion: call => {
      const { KeyId } = call.input as unknown as CancelKeyDeletionRequest;
      const { key } = allowedById(parts(), call, KeyId);
      if (key.state !== 'PendingDeletion') {
        throw new AwsError('KMSInvalidStateException', `${arnOf(key)} is not pending deletion.`);
      }
      key.state = 'Disabled';
      key.deletionDate = undefined;
      return { KeyId: arnOf(key) };
    },
    EnableKeyRotation: call => {
      allowedById(parts(), call, String(call.input.KeyId)).key.rotation = true;
    },
    DisableKeyRotation: call => {
      allowedById(parts(), call, String(call.input.KeyId)).key.rotation = false;
    },
    GetKeyRotationStatus: call => {
      const { key } = allowedById(parts(), call, String(call.input.KeyId));
      return { KeyRotationEnabled: key.rotation, KeyId: arnOf(key), RotationPeriodInDays: key.rotation ? 365 : undefined };
    },
    UpdateKeyDescription: call => {
      const { KeyId, Description } = call.input as unknown as UpdateKeyDescriptionRequest;
      allowedById(parts(), call, KeyId).key.description = Description ?? '';
    },
  };
}

/** Returns the key of the request, if key policy and identity policies allow the action. */
export function allowed(parts: KmsContext, call: Call, keyId: string | undefined): Found {
  const found = parts.keys.get(accountAndRegionOf(call), keyId ?? '');
  parts.authorization.require(call.principal, found.key, `kms:${call.action}`, { requestAlias: found.requestAlias });
  return found;
}

/** The same for operations whose documentation says "Specify the key ID or key ARN": they do not accept aliases. */
export function allowedById(parts: KmsContext, call: Call, keyId: string | undefined): Found {
  refuseAlias(keyId);
  return allowed(parts, call, keyId);
}

export function refuseAlias(keyId = ''): void {
  if (keyId.startsWith('alias/') || keyId.includes(':alias/')) {
    throw new AwsError('NotFoundException', `Invalid keyId '${keyId}'`);
  }
}

function usable(key: Key): Key {
  if (key.state === 'PendingDeletion') {
    throw new AwsError('KMSInvalidStateException', `${arnOf(key)} is pending deletion.`);
  }
  return key;
}

function createKey(parts: KmsContext, call: Call): object {
  const input = call.input as CreateKeyRequest;
  parts.authorization.requireForAccount(call, 'kms:CreateKey');
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec;
  checkMaterial({ spec, usage: input.KeyUsage, origin: input.Origin });
  const key = parts.keys.make(accountAndRegionOf(call), {
    spec,
    usage: input.KeyUsage,
    origin: input.Origin,
    description: input.Description,
    policy: input.Policy,
    multiRegion: input.MultiRegion,
    tags: Object.fromEntries((input.Tags ?? []).map(tag => [tag.TagKey ?? '', tag.TagValue ?? ''])),
  });
  if (input.Policy !== undefined) {
    checkPolicy(parts, call, key, input.Policy, input.BypassPolicyLockoutSafetyCheck);
  }
  parts.keys.put(key);
  return { KeyMetadata: metadataOf(key, [key]) };
}

function scheduleDeletion(parts: KmsContext, call: Call): object {
  const { KeyId, PendingWindowInDays = 30 } = call.input as unknown as ScheduleKeyDeletionRequest;
  const key = usable(allowedById(parts, call, KeyId).key);
  if (PendingWindowInDays < 7 || PendingWindowInDays > 30) {
    throw new AwsError('ValidationException', `1 validation error detected: Value '${PendingWindowInDays}' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value between 7 and 30`);
  }
  key.state = 'PendingDeletion';
  key.deletionDate = parts.clock.now() + PendingWindowInDays * day;
  return { KeyId: arnOf(key), DeletionDate: new Date(key.deletionDate), KeyState: key.state, PendingWindowInDays };
}
