import { createHash } from 'crypto';
import { allowAllEgress, allowFromItself, SecurityGroupRule } from './security-group-rules';
import { AccountAndRegion } from '../../aws-call';
import { Instance } from '../state/records';

export interface Vpc extends AccountAndRegion {
  readonly id: string;
  readonly cidr: string;
  readonly isDefault: boolean;
}

export interface Subnet extends AccountAndRegion {
  readonly id: string;
  readonly vpcId: string;
  readonly cidr: string;
  readonly availabilityZone: string;
  readonly isDefault: boolean;
}

export interface SecurityGroup extends AccountAndRegion {
  readonly id: string;
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  readonly ingress: SecurityGroupRule[];
  readonly egress: SecurityGroupRule[];
}

const zones = ['a', 'b', 'c'];

/** VPCs, subnets and security groups for launches: a default VPC in every account and Region, and the ones that requests create. */
export class Networks {
  public readonly vpcs = new Map<string, Vpc>();
  public readonly subnets = new Map<string, Subnet>();
  public readonly securityGroups = new Map<string, SecurityGroup>();
  /** The accounts with which AWS RAM shares a subnet or a security group, by its ID. */
  public readonly sharedWith = new Map<string, Set<string>>();
  private readonly prepared = new Set<string>();

  /** The default VPC, unless a request has deleted it. */
  public defaultVpc(place: AccountAndRegion): Vpc | undefined {
    const id = idOf('vpc', place, 'default');
    if (!this.prepared.has(id)) {
      this.prepared.add(id);
      this.addVpc({ ...place, id, cidr: '172.31.0.0/16', isDefault: true });
      zones.forEach((zone, index) => this.addSubnet({
        ...place,
        id: idOf('subnet', place, zone),
        vpcId: id,
        cidr: `172.31.${index * 16}.0/20`,
        availabilityZone: place.region + zone,
        isDefault: true,
      }));
    }
    return this.vpcs.get(id);
  }

  /** Creates a VPC with its default security group. */
  public addVpc(vpc: Vpc): void {
    this.vpcs.set(vpc.id, vpc);
    const id = idOf('sg', vpc, vpc.id);
    this.addSecurityGroup({
      account: vpc.account,
      region: vpc.region,
      id,
      vpcId: vpc.id,
      name: 'default',
      description: 'default VPC security group',
      ingress: allowFromItself(id),
      egress: allowAllEgress(),
    });
  }

  public addSubnet(subnet: Subnet): void {
    this.subnets.set(subnet.id, subnet);
  }

  public addSecurityGroup(group: SecurityGroup): void {
    this.securityGroups.set(group.id, group);
  }

  public defaultSecurityGroup(vpcId: string): SecurityGroup | undefined {
    return [...this.securityGroups.values()].find(group => group.vpcId === vpcId && group.name === 'default');
  }

  public zonesOf(region: string): string[] {
    return zones.map(zone => region + zone);
  }
}

/** AWS reserves five addresses in every subnet. */
export function freeAddresses(subnet: Subnet, instances: readonly Instance[]): number {
  const used = instances.filter(instance => instance.subnetId === subnet.id && !instance.networkReleased).length;
  return 2 ** (32 - Number(subnet.cidr.split('/')[1] ?? 24)) - 5 - used;
}

/** True if the address is in a range such as `172.31.0.0/20`. */
export function containsAddress(cidr: string, address: string): boolean {
  const [start, bits] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(start) / size) === Math.floor(numberOf(address) / size);
}

function numberOf(address: string): number {
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

function idOf(prefix: string, { account, region }: AccountAndRegion, name: string): string {
  return `${prefix}-0${createHash('sha256').update(`${prefix} ${account} ${region} ${name}`).digest('hex').slice(0, 16)}`;
}
