import { z } from 'zod'

const fileSchema = z.string().min(1)

/** How NATS is used, apart from its address. Files are read again for every connection, so they can be replaced. */
export const natsOptionsSchema = z
  .strictObject({
    subjectPrefix: z
      .string()
      .max(100)
      .regex(/^([\w-]+(\.[\w-]+)*\.?)?$/, 'is not a subject prefix such as acme.production')
      .transform((prefix) => (prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`))
      .default('')
      .describe('Prefix of all subjects, such as `acme.production`, so that several installations can share one NATS server'),
    inboxPrefix: z
      .string()
      .max(100)
      .regex(/^_INBOX[\w-]*(\.[\w-]+)*$/, 'must begin with _INBOX, as in _INBOX.market-hunter')
      .default('_INBOX')
      .describe(
        'Prefix of the reply subjects of this program, such as `_INBOX.market-hunter`, so that no other user can read them',
      ),
    token: z.string().min(1).optional().describe('Token, if NATS requires one'),
    credentialsFile: fileSchema.optional().describe('Credentials file: a JWT and the NKEY seed that belongs to it'),
    nkeyFile: fileSchema.optional().describe('File with an NKEY seed whose public key NATS knows'),
    caFile: fileSchema.optional().describe("CA certificates used to verify the NATS server's certificate"),
    certFile: fileSchema.optional().describe('Client certificate, if NATS requires one'),
    keyFile: fileSchema.optional().describe('Key of the client certificate'),
  })
  .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
    message: 'set certFile and keyFile together',
  })
  .refine(({ token, credentialsFile, nkeyFile }) => [token, credentialsFile, nkeyFile].filter(Boolean).length <= 1, {
    message: 'set only one of token, credentialsFile and nkeyFile',
  })
export type NatsOptions = z.infer<typeof natsOptionsSchema>

/** The environment variables of these options, for everything that connects to NATS. */
export const natsVariables = {
  NATS_SUBJECT_PREFIX: 'subjectPrefix',
  NATS_INBOX_PREFIX: 'inboxPrefix',
  NATS_TOKEN: 'token',
  NATS_CREDENTIALS_FILE: 'credentialsFile',
  NATS_NKEY_FILE: 'nkeyFile',
  NATS_CA_FILE: 'caFile',
  NATS_CERT_FILE: 'certFile',
  NATS_KEY_FILE: 'keyFile',
} as const satisfies Record<string, keyof NatsOptions>
