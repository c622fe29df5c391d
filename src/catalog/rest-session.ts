/** The session that a catalog's properties ask for. Spec: REST catalog, Authentication (RST-032, RST-033). @module */
import { IcebergError } from "../base/index.ts";
import { type AuthContext, basicHeader, fixedAuth, type RestAuth } from "./rest-auth.ts";
import { booleanProperty, type RestProperties } from "./rest-config.ts";
import { OAuthSession, oauthSettings } from "./rest-oauth.ts";

/** Properties that are secrets: kept by the session alone, handed to nobody (RST-042). */
const SECRETS = ["token", "credential", "rest.auth.basic.username", "rest.auth.basic.password"];

/** The properties without what the session keeps for itself. */
export function withoutSecrets(properties: RestProperties): RestProperties {
  return new Map([...properties].filter(([key]) => !SECRETS.includes(key)));
}

/** Whether two sets of properties lead to the same session. */
export function sameAuth(a: RestProperties, b: RestProperties): boolean {
  const relevant = (properties: RestProperties) =>
    [...properties].filter(([key]) =>
      /^(uri|token.*|credential|scope|audience|resource|oauth2-.*|rest\.(auth|sigv4).*)$/.test(key),
    );
  return JSON.stringify(relevant(a).sort()) === JSON.stringify(relevant(b).sort());
}

/**
 * The session that catalog properties ask for: `rest.auth.type`, or OAuth2 when there is a `token` or `credential`.
 * @throws IcebergError `unsupported` for other ways, `invalid-argument` for incomplete properties.
 */
export function restAuth(properties: RestProperties, context: AuthContext): RestAuth {
  const type = authType(properties);
  switch (type) {
    case "none":
      return fixedAuth({});
    case "basic":
      return basicAuth(
        properties.get("rest.auth.basic.username"),
        properties.get("rest.auth.basic.password"),
      );
    case "oauth2":
      return new OAuthSession(oauthSettings(properties, context.base), context, properties.get("token"));
    default:
      throw new IcebergError(
        "unsupported",
        `Cannot use rest.auth.type=${type}: this library knows none, basic and oauth2`,
        { context: { type } },
      );
  }
}

function authType(properties: RestProperties): string {
  const type = properties.get("rest.auth.type");
  if (type !== undefined) return type.toLowerCase();
  if (booleanProperty(properties, "rest.sigv4-enabled", false)) return "sigv4";
  return properties.has("token") || properties.has("credential") ? "oauth2" : "none";
}

function basicAuth(username: string | undefined, password: string | undefined): RestAuth {
  if (username === undefined || password === undefined) {
    throw new IcebergError(
      "invalid-argument",
      "Cannot use rest.auth.type=basic: it needs rest.auth.basic.username and rest.auth.basic.password",
    );
  }
  return fixedAuth({ authorization: basicHeader(username, password) });
}
