/** Messages of `istioctl analyze` that are not given here, and why. */
export const LEFT_OUT: readonly (readonly [codes: string, reason: string])[] = [
  [
    'IST0104, IST0105, IST0113 to IST0115, IST0117, IST0119 to IST0122, IST0124',
    'retired by Istio; IST0162 took the place of IST0104',
  ],
  ['IST0126, IST0170', 'several clusters and networks: there is one here'],
  ['IST0136', 'Istio itself does not run it: every alpha annotation would be named'],
  ['IST0139, IST0163, IST0164', 'webhooks and control planes outside of the cluster'],
  [
    'IST0141, IST0142, IST0156, IST0172, IST0176',
    'rights, versions and CRDs of a cluster that Istio is installed into',
  ],
  ['IST0143', 'needs a look into running containers'],
  ['IST0158', 'images that an injector of Istio put into pods'],
  ['IST0168, IST0169', 'upgrades of an installation of Istio'],
  ['IST0171', 'conditions that ztunnel and waypoints write; there are none here'],
  ['IST0175', "a setting of istiod's own process"],
]

/** What is given and differs from Istio's analyser in the same files. */
export const DIFFERENCES: readonly string[] = [
  'Where the files hold no pod at all, Deployments, StatefulSets and DaemonSets stand for the pods that they would make. Istio looks at pods only, and so finds fault with every folder of manifests.',
  'IST0161 looks at which entries a Secret has, never at what they hold. An expired certificate is not seen.',
  'IST0101 is not said of the selector of a Gateway that has no servers: such a Gateway is IST0106.',
  'IST0134 does not know the addresses that a cluster wrote into the status of a ServiceEntry.',
  'IST0002 is said of fields; a Telemetry that names a Lightstep provider is not looked at.',
  'IST0146 takes the usual labels of injection for the webhooks of the cluster, which are not at hand.',
  '`reference` has the column as well: `file:line:column`.',
]
