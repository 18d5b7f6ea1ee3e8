// What the running lab declares for an interface: the most reliable source for an address that was removed.
import { fingerprint, labRecords, sameFingerprint } from './record.ts';

/** "ADDRESS/PREFIX" each; none if the namespace belongs to no lab, or is a later one of the same name. */
export async function declaredAddresses(namespace: string, device: string): Promise<string[]> {
  const records = await labRecords().catch(() => []);
  const record = records.find((candidate) =>
    sameFingerprint(candidate.namespaces[namespace], fingerprint(namespace)),
  );
  return record?.spec.namespaces[namespace]?.interfaces?.[device]?.addresses ?? [];
}
