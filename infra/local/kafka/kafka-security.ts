/** A user of an engine. The password has no quotes and no commas in it. */
export interface Credential {
  readonly username: string;
  readonly password: string;
}

/** What makes a broker ask who is there, over TLS, and let nobody do what no ACL allows. */
export interface KafkaSecurity {
  /** PEM: the private key (PKCS #8) and the certificate, whose only name is `CN=<commonName>`. */
  readonly keyStoreFile: string;
  readonly commonName: string;
  /** PEM of the authority that signed it. */
  readonly authorityFile: string;
  /** It may do everything, ACLs included. */
  readonly admin: Credential;
  /** Who may log in beside it; what they may do say the ACLs. */
  readonly users: readonly Credential[];
}

/**
 * Clients: SCRAM-SHA-512 over TLS. The controller: TLS with certificates on both sides, so no password of the broker's
 * own is needed there. Denied unless allowed (kafka.apache.org, Security).
 */
export function securitySettings({
  keyStoreFile,
  commonName,
  authorityFile,
  admin,
}: KafkaSecurity): readonly (readonly [string, string])[] {
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
  const jaas = `${login} username="${admin.username}" password="${admin.password}";`;
  return [
    ['listener.security.protocol.map', 'SASL_SSL:SASL_SSL,CONTROLLER:SSL'],
    ['inter.broker.listener.name', 'SASL_SSL'],
    ['sasl.enabled.mechanisms', 'SCRAM-SHA-512'],
    ['sasl.mechanism.inter.broker.protocol', 'SCRAM-SHA-512'],
    ['listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config', jaas],
    ['listener.name.controller.ssl.client.auth', 'required'],
    ['ssl.keystore.type', 'PEM'],
    ['ssl.keystore.location', keyStoreFile],
    ['ssl.truststore.type', 'PEM'],
    ['ssl.truststore.location', authorityFile],
    ['authorizer.class.name', 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'],
    ['allow.everyone.if.no.acl.found', 'false'],
    ['super.users', `User:${admin.username};User:CN=${commonName}`],
  ];
}

/** For `kafka-storage format`: the users must stand in the log before the first of them can log in. */
export const scramArguments = ({ admin, users }: KafkaSecurity): readonly string[] =>
  [admin, ...users].flatMap(({ username, password }) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${username},password=${password}]`,
  ]);
