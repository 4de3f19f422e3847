import {
  CreateAliasCommand, CreateKeyCommand, CreateKeyCommandInput, DeleteAliasCommand, DisableKeyCommand,
  DisableKeyRotationCommand, EnableKeyCommand, EnableKeyRotationCommand, KMSClient, PutKeyPolicyCommand, ScheduleKeyDeletionCommand,
  TagResourceCommand, UntagResourceCommand, UpdateAliasCommand, UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { TypeContext } from './context';
import { document, flag, number, requiredText, serviceFailure, tags, text } from './properties';
import { ResourceType } from './resource-type';
import { JsonObject, sameJson } from '../template/template';

/** The resource types of KMS, which call KMS. */
export function kmsTypes(context: TypeContext): Record<string, ResourceType> {
  return {
    'AWS::KMS::Key': {
      replacementProperties: ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'],
      create: async request => {
        const kms = context.kms(request.environment);
        const { properties } = request;
        try {
          const { KeyMetadata } = await kms.send(new CreateKeyCommand({
            Policy: properties.KeyPolicy === undefined ? undefined : JSON.stringify(document(properties, 'KeyPolicy')),
            Description: text(properties, 'Description'),
            KeyUsage: text(properties, 'KeyUsage') as CreateKeyCommandInput['KeyUsage'],
            KeySpec: text(properties, 'KeySpec') as CreateKeyCommandInput['KeySpec'],
            MultiRegion: flag(properties, 'MultiRegion'),
            Origin: text(properties, 'Origin') as CreateKeyCommandInput['Origin'],
            BypassPolicyLockoutSafetyCheck: flag(properties, 'BypassPolicyLockoutSafetyCheck'),
            Tags: Object.entries(tags(properties)).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
          }));
          const keyId = KeyMetadata!.KeyId!;
          request.initiated(keyId);
          await applyState(kms, keyId, {}, properties);
          return { physicalId: keyId, attributes: { Arn: KeyMetadata!.Arn, KeyId: keyId } };
        } catch (error) {
          throw serviceFailure(error, 'Kms');
        }
      },
      update: async request => {
        const kms = context.kms(request.environment);
        const { properties, oldProperties, physicalId: KeyId } = request;
        try {
          if (!sameJson(properties.KeyPolicy, oldProperties.KeyPolicy)) {
            await kms.send(new PutKeyPolicyCommand({
              KeyId,
              PolicyName: 'default',
              Policy: JSON.stringify(document(properties, 'KeyPolicy')),
              BypassPolicyLockoutSafetyCheck: flag(properties, 'BypassPolicyLockoutSafetyCheck'),
            }));
          }
          if (properties.Description !== oldProperties.Description) {
            await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: text(properties, 'Description') ?? '' }));
          }
          await applyState(kms, KeyId, oldProperties, properties);
          await changeTags(kms, KeyId, tags(oldProperties), tags(properties));
        } catch (error) {
          throw serviceFailure(error, 'Kms');
        }
        return { physicalId: KeyId };
      },
      delete: async request => {
        const PendingWindowInDays = number(request.properties, 'PendingWindowInDays') ?? 30;
        try {
          await context.kms(request.environment).send(new ScheduleKeyDeletionCommand({ KeyId: request.physicalId, PendingWindowInDays }));
        } catch (error) {
          // the deletion was scheduled before, or the key no longer exists
          if (!['KMSInvalidStateException', 'NotFoundException'].includes((error as Error).name)) {
            throw serviceFailure(error, 'Kms');
          }
        }
      },
    },
    'AWS::KMS::Alias': {
      replacementProperties: ['AliasName'],
      create: async request => {
        const AliasName = requiredText(request.properties, 'AliasName');
        try {
          await context.kms(request.environment).send(new CreateAliasCommand({ AliasName, TargetKeyId: requiredText(request.properties, 'TargetKeyId') }));
        } catch (error) {
          throw serviceFailure(error, 'Kms');
        }
        return { physicalId: AliasName };
      },
      update: async request => {
        try {
          await context.kms(request.environment)
            .send(new UpdateAliasCommand({ AliasName: request.physicalId, TargetKeyId: requiredText(request.properties, 'TargetKeyId') }));
        } catch (error) {
          throw serviceFailure(error, 'Kms');
        }
        return { physicalId: request.physicalId };
      },
      delete: async request => {
        await context.kms(request.environment).send(new DeleteAliasCommand({ AliasName: request.physicalId })).catch(error => {
          if ((error as Error).name !== 'NotFoundException') {
            throw serviceFailure(error, 'Kms');
          }
        });
      },
    },
  };
}

async function applyState(kms: KMSClient, KeyId: string, before: JsonObject, after: JsonObject): Promise<void> {
  const changed = (name: string, usual: boolean) => (flag(before, name) ?? usual) !== (flag(after, name) ?? usual);
  if (changed('EnableKeyRotation', false)) {
    await (flag(after, 'EnableKeyRotation') ? kms.send(new EnableKeyRotationCommand({ KeyId })) : kms.send(new DisableKeyRotationCommand({ KeyId })));
  }
  if (changed('Enabled', true)) {
    await (flag(after, 'Enabled') === false ? kms.send(new DisableKeyCommand({ KeyId })) : kms.send(new EnableKeyCommand({ KeyId })));
  }
}

async function changeTags(kms: KMSClient, KeyId: string, before: Record<string, string>, after: Record<string, string>): Promise<void> {
  const removed = Object.keys(before).filter(key => !(key in after));
  const put = Object.entries(after).filter(([key, value]) => before[key] !== value);
  if (removed.length > 0) {
    await kms.send(new UntagResourceCommand({ KeyId, TagKeys: removed }));
  }
  if (put.length > 0) {
    await kms.send(new TagResourceCommand({ KeyId, Tags: put.map(([TagKey, TagValue]) => ({ TagKey, TagValue })) }));
  }
}

