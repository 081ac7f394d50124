//! The chart: `deploy/helm/pilotage`, rendered with values of many kinds.

use super::*;

/// Values that turn everything on.
const EVERYTHING: &str = r#"
integration:
  identifier: ours
  config: {githubHost: "https://api.acme.ghe.com", githubOrganizations: [acme, beta], githubEnterpriseName: acme}
  extraConfig: {APPLICATION__LOG_LEVEL: DEBUG, pilotage_deletion_threshold: 0.5}
scheduledResyncInterval: "0 */6 * * *"
clientTimeout: 30
allowEnvironmentVariablesJqAccess: true
jqEnvironment: [REGION]
partialOk: true
selfSignedCertificate: {enabled: true, certificate: "-----BEGIN CERTIFICATE-----"}
persistence: {enabled: true, storageClass: fast}
ingress: {enabled: true, host: x.test, className: nginx, tls: [{secretName: t, hosts: [x.test]}], annotations: {a: b}}
extraEnv: [{name: REGION, value: eu}, {name: HTTPS_PROXY, value: "http://{{ .Release.Name }}:3128"}]
extraInitContainers: [{name: i, image: i}]
extraVolumes: [{name: v, emptyDir: {}}]
extraVolumeMounts: [{name: v, mountPath: /v}]
extraLabels: {team: x}
podAnnotations: {a: b}
podServiceAccount: {name: robot}
imagePullSecrets: [{name: pull}]
imageRegistry: registry.test
image: "mine:1"
nodeSelector: {a: b}
tolerations: [{key: k}]
affinity: {nodeAffinity: {}}
dnsConfig: {nameservers: [10.0.0.1]}
service: {annotations: {a: b}}
workload: {cron: {resyncTimeoutMinutes: 90, annotations: {c: d}}}
"#;

#[test]
fn a_deployment_listens_and_is_probed_where_the_program_answers() {
    let documents = rendered("");
    assert_eq!(kinds(&documents), ["ConfigMap", "Deployment", "Secret", "Service"]);
    let deployment = of_kind(&documents, "Deployment");
    assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate", "two of one integration never run at once");
    assert_eq!(deployment["spec"]["replicas"], 1);
    let container = &pod(deployment)["containers"][0];
    assert_eq!(container["livenessProbe"]["httpGet"], json!({"path": "/health/live", "port": "ocean-port"}));
    assert_eq!(container["readinessProbe"]["httpGet"], json!({"path": "/health/ready", "port": "ocean-port"}));
    assert_eq!(container["ports"][0]["name"], "ocean-port");
    let variables = environment(&documents, pod(deployment));
    assert_eq!(container["ports"][0]["containerPort"].to_string(), variables["APPLICATION__PORT"]);
    let selector = &deployment["spec"]["selector"]["matchLabels"];
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    for (name, value) in selector.as_object().unwrap() {
        assert_eq!(&labels[name], value);
    }
    assert_eq!(&of_kind(&documents, "Service")["spec"]["selector"], selector);
    let off = rendered("livenessProbe: {enabled: false}\nreadinessProbe: {enabled: false}\nservice: {enabled: false}");
    assert!(!kinds(&off).contains(&"Service"));
    assert!(pod(of_kind(&off, "Deployment"))["containers"][0]["readinessProbe"].is_null());
}

#[test]
fn a_cron_job_runs_once_each_time_and_at_once_after_installing() {
    let documents = rendered("workload: {kind: CronJob}\nscheduledResyncInterval: '0 */6 * * *'");
    assert_eq!(kinds(&documents), ["ConfigMap", "CronJob", "Job", "Secret"]);
    let job = of_kind(&documents, "CronJob");
    assert_eq!(job["spec"]["schedule"], "0 */6 * * *");
    assert_eq!(job["spec"]["concurrencyPolicy"], "Forbid");
    assert_eq!(job["spec"]["jobTemplate"]["spec"]["backoffLimit"], 0);
    for workload in [job, of_kind(&documents, "Job")] {
        assert_eq!(pod(workload)["restartPolicy"], "Never");
        assert!(pod(workload)["containers"][0]["livenessProbe"].is_null(), "nothing answers");
        let variables = environment(&documents, pod(workload));
        assert_eq!(value(&config(&variables), "eventListener.type"), "ONCE");
        assert!(!variables.contains_key("OCEAN__SCHEDULED_RESYNC_INTERVAL"), "that is the cluster's schedule");
    }
    let silent = "workload: {kind: CronJob, cron: {resyncOnInstall: false, resyncOnUpgrade: false}}";
    assert!(!kinds(&rendered(silent)).contains(&"Job"));
    let upgraded = rendered_with("workload: {kind: CronJob}", Upgrade);
    assert_eq!(of_kind(&upgraded, "Job")["metadata"]["name"], "copilot-pilotage-2");
    let timed = rendered("workload: {kind: CronJob, cron: {resyncTimeoutMinutes: 5}}");
    assert_eq!(of_kind(&timed, "CronJob")["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"], 300);
}

#[test]
fn every_variable_of_every_workload_is_a_setting_of_ours() {
    for kind in ["Deployment", "CronJob"] {
        for values in ["", EVERYTHING] {
            let mut all = values_of(values);
            lay_over(&mut all, json!({"workload": {"kind": kind}}));
            let documents = rendered(&all.to_string());
            let variables = environment(&documents, pod(of_kind(&documents, kind)));
            // The authority's file is mounted in the pod only.
            assert_understood(&variables.into_iter().filter(|(name, _)| name != "SSL_CERT_FILE").collect());
        }
    }
}

#[test]
fn values_become_the_settings_that_they_say() {
    let documents = rendered(EVERYTHING);
    let variables = environment(&documents, pod(of_kind(&documents, "Deployment")));
    let config = config(&variables);
    let table = [
        ("integration.identifier", json!("ours")),
        ("integration.config.githubToken", json!("[secret]")),
        ("integration.config.githubHost", json!("https://api.acme.ghe.com")),
        ("integration.config.githubOrganizations", json!(r#"["acme","beta"]"#)),
        ("port.clientId", json!("id")),
        ("scheduledResyncInterval", json!("0 */6 * * *")),
        ("clientTimeout", json!("30")),
        ("partialOk", json!("true")),
        ("deletionThreshold", json!("0.5")),
        ("application.logLevel", json!("DEBUG")),
        ("jqEnvironment", json!(r#"["REGION"]"#)),
        ("data", json!("/data")),
    ];
    for (setting, expected) in table {
        assert_eq!(value(&config, setting), expected, "{setting}");
    }
    assert_eq!(variables["HTTPS_PROXY"], "http://copilot:3128", "templates in extraEnv are rendered, as Ocean's chart does");
    assert_eq!(pod(of_kind(&documents, "Deployment"))["containers"][0]["image"], "registry.test/mine:1");
}

#[test]
fn a_values_file_of_oceans_chart_is_understood() {
    let oceans = r#"
port: {clientId: id, clientSecret: word, baseUrl: "https://api.us.port.io", ingestUrl: "https://ingest.us.port.io"}
initializePortResources: true
scheduledResyncInterval: 60
sendRawDataExamples: true
integration:
  identifier: my-github-copilot
  type: github-copilot
  version: 3.4.5
  config: {githubHost: "https://api.github.com"}
  secrets: {githubToken: ghp_x}
  eventListener: {type: KAFKA, brokers: "b-1:9196,b-2:9196"}
  oauth: {enabled: false}
  processExecution: {mode: single_process}
liveEvents: {worker: {enabled: false}}
actionsProcessor: {enabled: false}
processingMode: dsp
extraEnv: []
"#;
    let documents = rendered(oceans);
    let deployment = of_kind(&documents, "Deployment");
    let config = config(&environment(&documents, pod(deployment)));
    assert_eq!(config["warnings"], json!([]));
    assert_eq!(config["ignored"], json!(["OCEAN__EVENT_LISTENER (event_listener.brokers)"]));
    assert_eq!(value(&config, "integration.identifier"), "my-github-copilot");
    assert_eq!(value(&config, "port.ingestUrl"), "https://ingest.us.port.io");
    let image = pod(deployment)["containers"][0]["image"].as_str().unwrap();
    assert_eq!(image, concat!("pilotage:", env!("CARGO_PKG_VERSION")), "Ocean's version is not ours");
}

#[test]
fn pods_have_no_rights_and_write_only_to_their_volumes() {
    let cron: Vec<Json> = serde_yaml_documents(&text("cronjob.yaml"));
    let deployment = rendered("");
    for pod in [pod(of_kind(&deployment, "Deployment")), pod(of_kind(&cron, "CronJob"))] {
        assert_eq!(pod["automountServiceAccountToken"], false);
        assert_eq!(pod["enableServiceLinks"], false);
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(pod["securityContext"]["runAsUser"], 1001, "the number of the image");
        let container = &pod["containers"][0];
        let expected =
            json!({"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}});
        assert_eq!(container["securityContext"], expected);
        assert!(container["command"].is_null() && container["args"].is_null(), "the image's entry point, as Ocean's");
        let mounted: Vec<&Json> = container["volumeMounts"].as_array().unwrap().iter().map(|mount| &mount["name"]).collect();
        let volumes: Vec<&Json> = pod["volumes"].as_array().unwrap().iter().map(|volume| &volume["name"]).collect();
        assert_eq!(mounted, volumes);
        assert!(volumes.contains(&&json!("data")));
    }
}

#[test]
fn an_authority_is_mounted_where_the_variable_says() {
    let own = rendered("selfSignedCertificate: {enabled: true, certificate: PEM}");
    let there =
        rendered("selfSignedCertificate: {enabled: true, secret: {name: corporate, key: ca.pem, useExistingSecret: true}}");
    for (documents, secret, key) in [(&own, "copilot-pilotage-ca", "crt"), (&there, "corporate", "ca.pem")] {
        let pod = pod(of_kind(documents, "Deployment"));
        let volume = pod["volumes"].as_array().unwrap().iter().find(|volume| volume["name"] == "ca").unwrap();
        assert_eq!(volume["secret"], json!({"secretName": secret, "items": [{"key": key, "path": "ca.crt"}]}));
        let mounts = pod["containers"][0]["volumeMounts"].as_array().unwrap();
        let mount = mounts.iter().find(|mount| mount["name"] == "ca").unwrap();
        let file = environment(documents, pod)["SSL_CERT_FILE"].clone();
        assert_eq!(file, format!("{}/ca.crt", mount["mountPath"].as_str().unwrap()));
    }
    assert_eq!(own.iter().filter(|document| document["kind"] == "Secret").count(), 2);
    assert_eq!(there.iter().filter(|document| document["kind"] == "Secret").count(), 1);
}

#[test]
fn secrets_that_are_there_take_the_place_of_one_that_is_made() {
    for (name, expected) in [("mine", json!(["mine"])), ("[a, b]", json!(["a", "b"]))] {
        let values = format!("secret: {{create: false, name: {name}}}");
        let documents = chart::render(&deploy("helm/pilotage"), &values, Install).unwrap();
        assert!(!kinds(&documents).contains(&"Secret"));
        let from = &pod(of_kind(&documents, "Deployment"))["containers"][0]["envFrom"];
        let names: Json = from.as_array().unwrap().iter().filter_map(|from| from["secretRef"].get("name").cloned()).collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn what_cannot_work_is_refused_with_the_value_to_set() {
    let table = [
        ("{}", "port.clientId is needed, or secret.create: false and secret.name"),
        ("selfSignedCertificate: {enabled: true}", "selfSignedCertificate.certificate is needed"),
    ];
    for (values, expected) in table {
        let error = chart::render(&deploy("helm/pilotage"), values, Install).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn every_key_of_every_workload_is_one_that_kubernetes_knows() {
    // A key that is misspelt or a level too high passes as YAML, and is dropped or refused by the cluster.
    const OF_PODS: &[&str] = &[
        "affinity",
        "automountServiceAccountToken",
        "containers",
        "dnsConfig",
        "dnsPolicy",
        "enableServiceLinks",
        "imagePullSecrets",
        "initContainers",
        "nodeSelector",
        "restartPolicy",
        "securityContext",
        "serviceAccountName",
        "terminationGracePeriodSeconds",
        "tolerations",
        "volumes",
    ];
    const OF_CONTAINERS: &[&str] = &[
        "env",
        "envFrom",
        "image",
        "imagePullPolicy",
        "livenessProbe",
        "name",
        "ports",
        "readinessProbe",
        "resources",
        "securityContext",
        "volumeMounts",
    ];
    let keys = |value: &Json| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let among = |value: &Json, known: &[&str]| keys(value).iter().all(|key| known.contains(&key.as_str()));
    for kind in ["Deployment", "CronJob"] {
        let mut all: Json = serde_yaml::from_str(EVERYTHING).unwrap();
        lay_over(&mut all, json!({"workload": {"kind": kind}}));
        let documents = rendered(&all.to_string());
        let pod = pod(of_kind(&documents, kind));
        assert!(among(pod, OF_PODS), "{:?}", keys(pod));
        assert!(among(&pod["containers"][0], OF_CONTAINERS), "{:?}", keys(&pod["containers"][0]));
        for document in &documents {
            assert!(among(document, &["apiVersion", "kind", "metadata", "spec", "data", "type"]), "{:?}", keys(document));
            let name = document["metadata"]["name"].as_str().unwrap();
            assert!(name.len() <= 63 && name.starts_with("copilot-pilotage"), "{name}");
        }
    }
}

#[test]
fn the_chart_is_of_the_programs_version() {
    let meta: Json = serde_yaml::from_str(&text("helm/pilotage/Chart.yaml")).unwrap();
    assert_eq!(meta["appVersion"], env!("CARGO_PKG_VERSION"));
    assert_eq!(meta["version"], env!("CARGO_PKG_VERSION"));
    assert!(text("cronjob.yaml").contains(concat!("image: pilotage:", env!("CARGO_PKG_VERSION"), "\n")));
}

#[test]
fn a_network_policy_lets_out_what_is_needed_and_in_who_is_named() {
    assert!(!kinds(&rendered("")).contains(&"NetworkPolicy"), "not every cluster is asked for one");
    let values = r#"
networkPolicy:
  enabled: true
  from: [{namespaceSelector: {matchLabels: {name: ingress}}}]
  extraEgress: [{to: [{ipBlock: {cidr: 10.1.2.3/32}}], ports: [{port: 3128, protocol: TCP}]}]
"#;
    let documents = rendered(values);
    let spec = &of_kind(&documents, "NetworkPolicy")["spec"];
    assert_eq!(spec["podSelector"], of_kind(&documents, "Deployment")["spec"]["selector"], "it is about these pods");
    assert_eq!(spec["policyTypes"], json!(["Ingress", "Egress"]));
    let port = &pod(of_kind(&documents, "Deployment"))["containers"][0]["ports"][0]["containerPort"];
    let reached = json!([{
        "from": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}],
        "ports": [{"port": port, "protocol": "TCP"}],
    }]);
    assert_eq!(spec["ingress"], reached);
    let egress = spec["egress"].as_array().unwrap();
    assert_eq!(egress.len(), 3, "{egress:?}");
    assert_eq!(egress[0]["ports"], json!([{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]));
    assert_eq!(egress[1]["ports"], json!([{"port": 443, "protocol": "TCP"}]));
    let inside = egress[1]["to"][0]["ipBlock"]["except"].as_array().unwrap();
    assert!(inside.contains(&json!("10.0.0.0/8")) && inside.contains(&json!("169.254.0.0/16")), "{inside:?}");
    assert_eq!(egress[1]["to"][1]["ipBlock"]["cidr"], "::/0");
    assert_eq!(egress[2]["to"][0]["ipBlock"]["cidr"], "10.1.2.3/32");
    // Nobody reaches a job, and nobody a pod without being named.
    let job = rendered(&format!("{values}workload: {{kind: CronJob}}"));
    assert_eq!(of_kind(&job, "NetworkPolicy")["spec"]["ingress"], json!([]));
    let closed = rendered("networkPolicy: {enabled: true}");
    assert_eq!(of_kind(&closed, "NetworkPolicy")["spec"]["ingress"], json!([]));
}
