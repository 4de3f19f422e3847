import { AvailabilityZone, DescribeAvailabilityZonesRequest } from '@aws-sdk/client-ec2';
import { AwsError } from '../../aws-call';
import { FilterFields, filtered } from '../requests/filters-and-pages';
import { LocalZone } from '../settings/settings';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';

const fields: FilterFields<AvailabilityZone> = {
  'group-name': zone => zone.GroupName,
  'opt-in-status': zone => zone.OptInStatus,
  'region-name': zone => zone.RegionName,
  'state': zone => zone.State,
  'zone-id': zone => zone.ZoneId,
  'zone-name': zone => zone.ZoneName,
  'zone-type': zone => zone.ZoneType,
};

/** The zones of a Region. Local Zones that the account has not enabled are included only with `AllAvailabilityZones`. */
export const zoneOperations: Ec2Operations = {
  DescribeAvailabilityZones: (ec2, call) => {
    const { ZoneNames, ZoneIds, Filters, AllAvailabilityZones } = call.input as DescribeAvailabilityZonesRequest;
    ec2.permissions.require(call);
    const all = [
      ...ec2.state.networks.zonesOf(call.region).map(name => availabilityZone(call.region, name)),
      ...localZonesOf(ec2, call.region).filter(zone => AllAvailabilityZones || zone.enabled).map(describedLocalZone),
    ];
    const names = [...ZoneNames ?? [], ...ZoneIds ?? []];
    const isOne = (zone: AvailabilityZone, name: string) => zone.ZoneName === name || zone.ZoneId === name;
    const missing = names.filter(name => !all.some(zone => isOne(zone, name)));
    if (missing.length > 0) {
      throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${missing.join(', ')}]`);
    }
    const asked = names.length === 0 ? all : all.filter(zone => names.some(name => isOne(zone, name)));
    return { AvailabilityZones: filtered(asked, Filters, fields, () => []) };
  },
};

export function localZonesOf({ settings: { locations } }: Ec2Context, region: string): LocalZone[] {
  return locations.localZones.filter(zone => zone.name.startsWith(`${region}-`));
}

/** A Local Zone accepts copies from zones of its own group. */
export function groupOf({ name }: LocalZone): string {
  return name.slice(0, -1);
}

function describedLocalZone(zone: LocalZone): AvailabilityZone {
  const [, RegionName] = /^(.*-\d+)-[a-z]+-\d+[a-z]$/.exec(zone.name)!;
  return {
    ZoneName: zone.name,
    ZoneId: zone.id,
    RegionName,
    State: 'available',
    ZoneType: 'local-zone',
    OptInStatus: zone.enabled ? 'opted-in' : 'not-opted-in',
    GroupName: groupOf(zone),
    NetworkBorderGroup: groupOf(zone),
    ParentZoneName: `${RegionName}a`,
    ParentZoneId: zoneId(`${RegionName}a`),
  };
}

function availabilityZone(region: string, ZoneName: string): AvailabilityZone {
  return {
    ZoneName,
    ZoneId: zoneId(ZoneName),
    RegionName: region,
    State: 'available',
    ZoneType: 'availability-zone',
    OptInStatus: 'opt-in-not-required',
    GroupName: region,
  };
}

/** `use1-az1` for `us-east-1a`. */
export function zoneId(zone: string): string {
  const [continent, direction, number] = zone.slice(0, -1).split('-');
  return `${continent}${direction[0]}${number}-az${zone.charCodeAt(zone.length - 1) - 96}`;
}
