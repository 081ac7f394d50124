//! Every setting, as data: its key in a file, its variable, what it takes, its default.

use super::figures::TableShape;
use super::sources;

/// One setting that has a meaning here.
#[derive(Debug)]
pub(super) struct Known {
    /// Key in a settings file: `port.clientId`.
    pub(super) key: &'static str,
    /// The environment variable that its documentation names.
    pub(super) variable: &'static str,
    /// Other variables, looked at in this order when the first is not set.
    pub(super) plain: &'static [&'static str],
    /// Shape of the value.
    pub(super) shape: Shape,
    /// Default; empty without one.
    pub(super) default: &'static str,
    /// Description for people, one sentence.
    pub(super) about: &'static str,
}

/// Shapes of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    /// Never shown; `<variable>_FILE` names a file that holds it.
    Secret,
    Url,
    Boolean,
    Seconds,
    /// A whole number of minutes, or a duration with units.
    Interval,
    /// An interval, or a cron expression.
    Recurrence,
    /// A number from 0 to 1.
    Part,
    /// A whole number of days.
    Days,
    /// A whole number of people.
    People,
    PortNumber,
    /// An IP address of this machine.
    Address,
    List,
    /// A list of objects.
    Table(TableShape),
    Choice(&'static [&'static str]),
}

const fn known(
    key: &'static str,
    variable: &'static str,
    plain: &'static [&'static str],
    shape: Shape,
    default: &'static str,
    about: &'static str,
) -> Known {
    Known { key, variable, plain, shape, default, about }
}

/// In the order in which they are shown.
#[rustfmt::skip]
pub(super) const KNOWN: &[Known] = &[
    known("port.baseUrl", "OCEAN__PORT__BASE_URL", &["PORT_BASE_URL"], Shape::Url, "https://api.getport.io",
        "The catalog's API, without /v1. Used only with credentials; without them the embedded catalog is used"),
    known("port.ingestUrl", "OCEAN__PORT__INGEST_URL", &[], Shape::Url, "",
        "Where the catalog takes metrics and logs, when that is a host of its own: only named here it gets the catalog's token. Port's hosts need no naming"),
    known("port.clientId", "OCEAN__PORT__CLIENT_ID", &["PORT_CLIENT_ID"], Shape::Text, "", "Who we are at the catalog"),
    known("port.clientSecret", "OCEAN__PORT__CLIENT_SECRET", &["PORT_CLIENT_SECRET"], Shape::Secret, "", "What proves it"),
    known("integration.identifier", "OCEAN__INTEGRATION__IDENTIFIER", &[], Shape::Text, "my-github-copilot-integration",
        "The integration that owns the entities. Another identifier owns other entities"),
    known("integration.config.githubToken", "OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN", &["GITHUB_TOKEN"], Shape::Secret, "",
        "Token for GitHub's API"),
    known("integration.config.githubAppId", "PILOTAGE_GITHUB_APP_ID", &["GITHUB_APP_ID"], Shape::Text, "",
        "Client id or id of a GitHub App, which is then asked with instead of a token"),
    known("integration.config.githubAppPrivateKey", "PILOTAGE_GITHUB_APP_PRIVATE_KEY", &["GITHUB_APP_PRIVATE_KEY"], Shape::Secret, "",
        "The App's private key in PEM; line ends may be written as \\n"),
    known("integration.config.githubHost", "OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &[], Shape::Url, "https://api.github.com",
        "GitHub's API; https://api.SUBDOMAIN.ghe.com with data residency"),
    known("integration.config.githubOrganizations", "OCEAN__INTEGRATION__CONFIG__GITHUB_ORGANIZATIONS", &[], Shape::List, "",
        "Organizations to read, or patterns such as acme-*. When there are none, all that the token sees"),
    known("integration.config.githubEnterpriseName", "OCEAN__INTEGRATION__CONFIG__GITHUB_ENTERPRISE_NAME", &[], Shape::Text, "",
        "Slug of an enterprise to read"),
    known("integration.config.excludeOrganizations", "PILOTAGE_EXCLUDE_ORGANIZATIONS", &[], Shape::List, "",
        "Organizations not to read, of those that are named or seen; names or patterns such as old-*"),
    known("integration.config.teams", "PILOTAGE_TEAMS", &[], Shape::List, "",
        "Teams to read, all when there are none: slug or organization/slug, or patterns such as core-*"),
    known("integration.config.excludeTeams", "PILOTAGE_EXCLUDE_TEAMS", &[], Shape::List, "", "Teams not to read, written likewise"),
    known("integration.config.downloadHosts", "PILOTAGE_DOWNLOAD_HOSTS", &[], Shape::List, "",
        "Hosts that files of reports may come from beside GitHub's own, also inside a private network: names or endings such as .example.com"),
    known("github.sources", "PILOTAGE_GITHUB_SOURCES", &[], Shape::Secret, "",
        "Several hosts, organizations and enterprises, each with its own credential: a list, in the variable as JSON"),
    known("claudeCode.adminKey", "PILOTAGE_CLAUDE_CODE_ADMIN_KEY", &["ANTHROPIC_ADMIN_KEY"], Shape::Secret, "",
        "Admin API key of Anthropic (sk-ant-admin…), with which Claude Code's usage report is read. Without one it is not read"),
    known("claudeCode.host", "PILOTAGE_CLAUDE_CODE_HOST", &[], Shape::Url, "https://api.anthropic.com", "Anthropic's API"),
    known("claudeCode.name", "PILOTAGE_CLAUDE_CODE_NAME", &[], Shape::Text, "claude-code", "How slices and entities call the organization of that key"),
    known("cursor.adminKey", "PILOTAGE_CURSOR_ADMIN_KEY", &[], Shape::Secret, "",
        "Admin API key of a Cursor team, with which its members, days, spending and events are read. Without one they are not"),
    known("cursor.host", "PILOTAGE_CURSOR_HOST", &[], Shape::Url, "https://api.cursor.com", "Cursor's API"),
    known("cursor.name", "PILOTAGE_CURSOR_NAME", &[], Shape::Text, "cursor", "How slices and entities call the team of that key"),
    known("people.aliases", "PILOTAGE_PEOPLE_ALIASES", &[], Shape::Text, "",
        "File that says which logins and e-mail addresses of different tools are one person"),
    known("mapping", "PILOTAGE_MAPPING", &[], Shape::Text, "", "Mapping file. Without one: the integration's mapping at the catalog, else the bundled one"),
    known("data", "PILOTAGE_DATA", &[], Shape::Text, "", "Folder of the embedded catalog, caches and reports. Without one: the platform's data folder"),
    known("history", "PILOTAGE_HISTORY", &[], Shape::Boolean, "true",
        "Keep the daily numbers of organizations and enterprises in the data folder, for `pilotage figures`"),
    known("history.keep", "PILOTAGE_HISTORY_KEEP", &[], Shape::Days, "",
        "How many days of the past the history keeps; older ones are removed at the end of a resync. Without it: all"),
    known("figureMetrics", "PILOTAGE_FIGURE_METRICS", &[], Shape::Boolean, "true",
        "Show figures of organizations, enterprises and teams at /metrics of `serve` and of the pages; they name no people"),
    known("history.keepPeople", "PILOTAGE_HISTORY_KEEP_PEOPLE", &[], Shape::Days, "",
        "How many days of the past the history keeps single people; of older ones it keeps numbers. Without it: all"),
    known("identity", "PILOTAGE_IDENTITY", &[], Shape::Choice(IDENTITIES), "names",
        "How people are kept in the data folder and sent to the catalog: by their names, by pseudonyms, or not at all"),
    known("privacy.key", "PILOTAGE_PRIVACY_KEY", &[], Shape::Secret, "",
        "Key of the pseudonyms, at least 32 characters. Another key gives everybody another pseudonym"),
    known("privacy.drop", "PILOTAGE_PRIVACY_DROP", &[], Shape::List, "",
        "Names of fields that are left out of everything that is read, wherever they stand"),
    known("privacy.k", "PILOTAGE_PRIVACY_K", &[], Shape::People, "5",
        "The smallest group of people that a figure is shown for. Smaller groups are withheld, and others by which they would be known"),
    known("figures.prices", "PILOTAGE_FIGURES_PRICES", &[], Shape::Table(TableShape::Amounts), "",
        "Prices of a seat for a month, each by plan, from a day on, with its source: a list, in the variable as JSON"),
    known("figures.includedCredits", "PILOTAGE_FIGURES_INCLUDED_CREDITS", &[], Shape::Table(TableShape::Amounts), "",
        "Credits that a seat includes for a month, each by plan, from a day on, with its source: a list, in the variable as JSON"),
    known("figures.holidays", "PILOTAGE_FIGURES_HOLIDAYS", &[], Shape::Table(TableShape::Holidays), "",
        "Days on which nobody works besides Saturdays and Sundays, each with its source: a list, in the variable as JSON"),
    known("mixedLevels", "PILOTAGE_MIXED_LEVELS", &[], Shape::Boolean, "false",
        "Let an enterprise and organizations write to one blueprint. Right only where these organizations are not of that enterprise"),
    known("deletionThreshold", "PILOTAGE_DELETION_THRESHOLD", &[], Shape::Part, "",
        "Largest part of our entities that may be deleted, instead of the mapping's"),
    known("partialOk", "PILOTAGE_PARTIAL_OK", &[], Shape::Boolean, "false", "Exit 0 when only a part could be done"),
    known("initializePortResources", "OCEAN__INITIALIZE_PORT_RESOURCES", &[], Shape::Boolean, "true",
        "Create what is missing and known here: the blueprints that the mapping needs, a new integration's mapping, its page"),
    known("createPortResourcesOrigin", "OCEAN__CREATE_PORT_RESOURCES_ORIGIN", &[], Shape::Choice(ORIGINS), "",
        "Empty: a new integration begins without a mapping, blueprints and page. Default, Ocean and Port: with those known here"),
    known("scheduledResyncInterval", "OCEAN__SCHEDULED_RESYNC_INTERVAL", &[], Shape::Recurrence, "",
        "When resyncs are due: minutes, a duration such as 2h, or a cron expression in UTC"),
    known("kindSchedules", "PILOTAGE_KIND_SCHEDULES", &[], Shape::List, "",
        "Kinds that `serve` reads more often than the rest, each with its own schedule: github-teams=15, github-team-members=15m. Cron expressions with commas need a list in the file"),
    known("eventListener.type", "OCEAN__EVENT_LISTENER__TYPE", &[], Shape::Choice(LISTENERS), "POLLING",
        "What starts a resync in `serve`. KAFKA is taken as POLLING, which finds the same requests; WEBHOOKS_ONLY and ACTIONS_ONLY never resync"),
    known("eventListener.interval", "OCEAN__EVENT_LISTENER__INTERVAL", &[], Shape::Seconds, "60",
        "Seconds between two looks for a resync request"),
    known("eventListener.resyncOnStart", "OCEAN__EVENT_LISTENER__RESYNC_ON_START", &[], Shape::Boolean, "true",
        "Resync at the start, without a request"),
    known("eventListener.shouldResync", "OCEAN__EVENT_LISTENER__SHOULD_RESYNC", &[], Shape::Boolean, "true",
        "When false, `serve` answers health checks and never resyncs"),
    known("eventListener.appHost", "OCEAN__EVENT_LISTENER__APP_HOST", &["OCEAN__BASE_URL"], Shape::Url, "",
        "Where the catalog reaches `serve`, for the WEBHOOK listener: it is told to call /resync there"),
    known("webhookSecret", "PILOTAGE_WEBHOOK_SECRET", &[], Shape::Secret, "",
        "What callers of /resync have to prove that they know"),
    known("readyWithin", "PILOTAGE_READY_WITHIN", &[], Shape::Interval, "",
        "How old the last good resync may be until `serve` is not ready. Without it: three times the time between resyncs"),
    known("sendLogs", "PILOTAGE_SEND_LOGS", &[], Shape::Boolean, "false",
        "Send what a run has to say, its troubles and its summary, to the integration's log at the catalog"),
    known("sendRawDataExamples", "OCEAN__SEND_RAW_DATA_EXAMPLES", &[], Shape::Boolean, "false",
        "Send a few raw items to the catalog, with logins and mail addresses masked"),
    known("clientTimeout", "OCEAN__CLIENT_TIMEOUT", &[], Shape::Seconds, "60", "Seconds that may pass without a byte from GitHub"),
    known("allowEnvironmentVariablesJqAccess", "OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS", &[], Shape::Boolean, "false",
        "Whether `env` and `$ENV` in mappings hold the variables that jqEnvironment lists. Ocean's default is true and shows them all"),
    known("jqEnvironment", "PILOTAGE_JQ_ENVIRONMENT", &[], Shape::List, "", "Names of the variables that mappings may read"),
    known("application.address", "PILOTAGE_LISTEN_ADDRESS", &[], Shape::Address, "0.0.0.0",
        "Address on which `serve` answers; 0.0.0.0 is every one of IPv4, :: every one"),
    known("application.port", "APPLICATION__PORT", &[], Shape::PortNumber, "8000", "Where `serve` answers health checks"),
    known("web.listen", "PILOTAGE_WEB_LISTEN", &[], Shape::Text, "",
        "Address and port of the pages, for `serve` and `web`. Without it `serve` has none, and those of `web` are at 127.0.0.1:8090"),
    known("web.allowedHosts", "PILOTAGE_WEB_ALLOWED_HOSTS", &[], Shape::List, "",
        "Names by which browsers call the pages besides their address and localhost: copilot.example.com or name:port"),
    known("web.token", "PILOTAGE_WEB_TOKEN", &[], Shape::Secret, "",
        "Token that signs in to the pages. With one, nobody sees them without signing in"),
    known("web.roles", "PILOTAGE_WEB_ROLES", &[], Shape::List, "viewer",
        "Roles that the token gives: viewer, people (sees logins), operator (starts and stops runs)"),
    known("web.proxies", "PILOTAGE_WEB_PROXIES", &[], Shape::List, "",
        "IP addresses of proxies that sign people in and name them in headers; headers from elsewhere are not believed"),
    known("web.proxyUserHeader", "PILOTAGE_WEB_PROXY_USER_HEADER", &[], Shape::Text, "X-Forwarded-User",
        "Header in which such a proxy names the user"),
    known("web.proxyGroupsHeader", "PILOTAGE_WEB_PROXY_GROUPS_HEADER", &[], Shape::Text, "X-Forwarded-Groups",
        "Header in which it names the user's groups, parted by commas"),
    known("web.peopleGroups", "PILOTAGE_WEB_PEOPLE_GROUPS", &[], Shape::List, "", "Groups with the role people"),
    known("web.operatorGroups", "PILOTAGE_WEB_OPERATOR_GROUPS", &[], Shape::List, "", "Groups with the role operator"),
    known("web.embedKey", "PILOTAGE_WEB_EMBED_KEY", &[], Shape::Secret, "",
        "Key that signs links to charts in frames of other sites, at least 32 characters. Another key ends all links"),
    known("web.embedFrom", "PILOTAGE_WEB_EMBED_FROM", &[], Shape::List, "",
        "Origins of the sites that may show charts in a frame, such as https://app.port.io"),
    known("application.logLevel", "APPLICATION__LOG_LEVEL", &["OCEAN__LOG_LEVEL"], Shape::Choice(LEVELS), "", "What is logged"),
];

/// Event listeners of Ocean's that are known. Which of them work here is decided in [`super::value::listener`].
const LISTENERS: &[&str] = &["POLLING", "ONCE", "WEBHOOK", "KAFKA", "WEBHOOKS_ONLY", "ACTIONS_ONLY"];
/// Origins of the resources that Ocean creates at the catalog.
const ORIGINS: &[&str] = &["Default", "Empty", "Ocean", "Port"];
/// Ways in which people are kept.
const IDENTITIES: &[&str] = &["names", "pseudonyms", "none"];
const LEVELS: &[&str] = &["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

/// Settings of Ocean's that have no meaning here: they are accepted, and named in one debug line.
pub(super) const WITHOUT_MEANING: &[&str] = &[
    "port.portAppConfigCacheTtl",
    "port.featureFlagsCacheTtlSeconds",
    "port.blueprintCacheTtlSeconds",
    "port.appUrl",
    "port.mcpUrl",
    "integration.type",
    "integration.incrementalSyncEnabled",
    "integration.incrementalSyncInterval",
    "statusHeartbeatIntervalSeconds",
    "upsertEntitiesBatchMaxLength",
    "upsertEntitiesBatchMaxSizeInBytes",
    "deleteEntitiesMaxBatchSize",
    "yieldItemsToParseBatchSize",
    "processInQueueTimeout",
    "processInQueueMaxWorkers",
    "processExecutionMode",
    "processingMode",
    "lakehouseEnabled",
    "lakehouseBufferIntervalSeconds",
    "lakehouseBufferMaxCount",
    "metrics.enabled",
    "metrics.webhookUrl",
    "baseUrl",
    "pathPrefix",
    "database.*",
    "identityPropagation.*",
    "oauthAccessTokenFilePath",
    "eventWorkersCount",
    "eventsDebugLogging",
    "probeId",
    "probeReportingMode",
    "maxEventProcessingSeconds",
    "maxWaitSecondsBeforeShutdown",
    "cachingStorageMode",
    "runtime",
    "resourcesPath",
    "streaming.enabled",
    "streaming.maxBufferSizeMb",
    "streaming.chunkSize",
    "streaming.location",
    "ssl.port.verify",
    "ssl.port.x509.strict",
    "ssl.thirdParty.verify",
    "ssl.thirdParty.x509.strict",
    "disableIpOutboundBlocker",
    "actionsProcessor.*",
    "liveEvents.type",
    "liveEvents.isRedisStreamConsumerEnabled",
    "liveEvents.payloadLoggingEnabled",
    "liveEvents.redis.*",
    "eventListener.shouldProcessWebhooks",
    "eventListener.shouldRunActions",
    "eventListener.brokers",
    "eventListener.securityProtocol",
    "eventListener.authenticationMechanism",
    "eventListener.kafkaSecurityEnabled",
    "eventListener.consumerPollTimeout",
    "application.enableHttpLogging",
];

/// Settings of Ocean's without meaning here whose value asks for something that will not happen: key, value, and what to tell.
const NOT_OBEYED: &[(&str, &str, &str)] = &[
    ("ssl.port.verify", "false", "certificates are always checked; name your authority's file in SSL_CERT_FILE"),
    ("ssl.thirdParty.verify", "false", "certificates are always checked; name your authority's file in SSL_CERT_FILE"),
    ("integration.incrementalSyncEnabled", "true", "every resync here asks only for days that may have changed"),
];

/// Warning about a value that is accepted and has no effect.
pub(super) fn not_obeyed(key: &str, value: &str) -> Option<&'static str> {
    let (key, value) = (squeezed(key), value.trim().to_lowercase());
    let found = NOT_OBEYED.iter().find(|(other, wanted, _)| squeezed(other) == key && *wanted == value);
    found.map(|(_, _, help)| *help)
}

/// Meaning of a key.
#[derive(Debug)]
pub(super) enum Meaning {
    Setting(&'static Known),
    /// A setting whose value is in the file that is named.
    FileOf(&'static Known),
    /// Known to Ocean, without meaning here.
    None,
    /// Settings stand below it.
    Group,
    Unknown,
}

/// Looks a key up, however its parts are cased and whether or not underscores part its words.
pub(super) fn meaning(key: &str) -> Meaning {
    let key = squeezed(key);
    if let Some(known) = KNOWN.iter().find(|known| squeezed(known.key) == key) {
        return Meaning::Setting(known);
    }
    let secret = KNOWN.iter().find(|known| known.shape == Shape::Secret && squeezed(known.key) + "file" == key);
    if let Some(known) = secret {
        return Meaning::FileOf(known);
    }
    let below = format!("{key}.");
    let mut all = KNOWN.iter().map(|known| known.key).chain(WITHOUT_MEANING.iter().copied());
    let is_ignored = WITHOUT_MEANING.iter().any(|ignored| match ignored.strip_suffix('*') {
        Some(group) => key.starts_with(&squeezed(group)),
        None => squeezed(ignored) == key,
    });
    if is_ignored {
        Meaning::None
    } else if all.any(|other| squeezed(other).starts_with(&below)) {
        Meaning::Group
    } else {
        Meaning::Unknown
    }
}

/// The setting with exactly this key. Keys in code come from the table, so there is always one.
pub(super) fn known_setting(key: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.key == key)
}

/// Whether a setting takes objects in its list.
pub(super) fn takes_objects(key: &str) -> bool {
    match meaning(key) {
        Meaning::Setting(known) => matches!(known.shape, Shape::Table(_)) || known.key == sources::KEY,
        _ => false,
    }
}

/// A key without what people and tools spell differently: `port.client_id`, `port.clientId` and `PORT.CLIENTID` are one.
pub(super) fn squeezed(key: &str) -> String {
    key.chars().filter(|character| !matches!(character, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// The variable that Ocean reads for a key: `OCEAN__PORT__CLIENT_ID` for `port.clientId`.
pub(super) fn ocean_variable(key: &str) -> String {
    let prefix = if key.starts_with("application.") { "" } else { "OCEAN__" };
    let words = key.chars().flat_map(|character| match character {
        '.' => vec!['_', '_'],
        upper if upper.is_uppercase() => vec!['_', upper],
        other => other.to_uppercase().collect(),
    });
    prefix.chars().chain(words).collect()
}

/// The known variable that comes nearest to a misspelt one.
pub(super) fn nearest_variable(name: &str) -> Option<String> {
    let settings = KNOWN.iter().flat_map(|known| [known.variable].into_iter().chain(known.plain.iter().copied()));
    let secret_files = KNOWN.iter().filter(|known| known.shape == Shape::Secret).map(|known| format!("{}_FILE", known.variable));
    let ignored = WITHOUT_MEANING.iter().map(|key| ocean_variable(key));
    let all = settings.chain([super::CONFIG_VARIABLE]).map(str::to_owned).chain(secret_files).chain(ignored);
    nearest(&name.to_uppercase(), all)
}

/// The known key that comes nearest to a misspelt one.
pub(super) fn nearest_key(key: &str) -> Option<String> {
    nearest(key, KNOWN.iter().map(|known| known.key).chain(WITHOUT_MEANING.iter().copied()).map(str::to_owned))
}

/// The candidate at the least distance, when that is small enough to be a slip: one letter in six, two at least, four at most.
fn nearest(name: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    let most = (name.len() / 6).clamp(2, 4);
    let near = candidates.map(|candidate| (strsim::damerau_levenshtein(name, &candidate), candidate));
    near.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_what_ocean_would_read_for_the_key() {
        for known in KNOWN.iter().filter(|known| !known.variable.starts_with("PILOTAGE_")) {
            assert_eq!(known.variable, ocean_variable(known.key));
        }
    }

    #[test]
    fn no_key_means_two_things() {
        for known in KNOWN {
            assert!(matches!(meaning(known.key), Meaning::Setting(found) if found.key == known.key), "{}", known.key);
            assert!(known_setting(known.key).is_some());
        }
        for ignored in WITHOUT_MEANING {
            assert!(matches!(meaning(&ignored.replace('*', "anything")), Meaning::None), "{ignored}");
        }
        assert!(matches!(meaning("port"), Meaning::Group));
        assert!(matches!(meaning("INTEGRATION.CONFIG"), Meaning::Group));
        assert!(matches!(meaning("por"), Meaning::Unknown));
        assert!(matches!(meaning("port.clientSecretFile"), Meaning::FileOf(_)));
        assert!(matches!(meaning("port.clientIdFile"), Meaning::Unknown));
    }

    #[test]
    fn slips_are_recognized_and_other_words_are_not() {
        let table = [
            ("OCEAN__PORT__CLIENT_SECRTE", Some("OCEAN__PORT__CLIENT_SECRET")),
            ("OCEAN_PORT_CLIENT_ID", Some("OCEAN__PORT__CLIENT_ID")),
            ("ocean__scheduled_resync_intervall", Some("OCEAN__SCHEDULED_RESYNC_INTERVAL")),
            ("PILOTAGE_PARTIALOK", Some("PILOTAGE_PARTIAL_OK")),
            ("OCEAN__INTEGRATION__CONFIG__GITLAB_GROUPS", None),
            ("OCEAN__FOO", None),
        ];
        for (name, expected) in table {
            assert_eq!(nearest_variable(name).as_deref(), expected, "{name}");
        }
        assert_eq!(nearest_key("port.clientld").as_deref(), Some("port.clientId"));
    }
}
