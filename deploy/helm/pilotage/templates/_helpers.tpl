{{- define "pilotage.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 52 characters: a CronJob's jobs add eleven of their own. */}}
{{- define "pilotage.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "pilotage.selectorLabels" -}}
app.kubernetes.io/name: {{ include "pilotage.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "pilotage.labels" -}}
{{ include "pilotage.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.extraLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "pilotage.image" -}}
{{- $image := default (printf "pilotage:%s" .Chart.AppVersion) .Values.image -}}
{{- if .Values.imageRegistry -}}
{{- printf "%s/%s" .Values.imageRegistry $image -}}
{{- else -}}
{{- $image -}}
{{- end -}}
{{- end -}}

{{- define "pilotage.isCronJob" -}}
{{- if eq .Values.workload.kind "CronJob" -}}
true
{{- end -}}
{{- end -}}

{{- define "pilotage.secretName" -}}
{{- if and .Values.secret.name (not (kindIs "slice" .Values.secret.name)) -}}
{{- .Values.secret.name -}}
{{- else -}}
{{- include "pilotage.fullname" . -}}
{{- end -}}
{{- end -}}

{{- define "pilotage.certificateName" -}}
{{- if .Values.selfSignedCertificate.secret.useExistingSecret -}}
{{- required "selfSignedCertificate.secret.name is needed with useExistingSecret" .Values.selfSignedCertificate.secret.name -}}
{{- else -}}
{{- printf "%s-ca" (include "pilotage.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* The variables that are no secret: what the config map holds. */}}
{{- define "pilotage.environment" -}}
APPLICATION__PORT: {{ .Values.service.port | quote }}
OCEAN__PORT__BASE_URL: {{ .Values.port.baseUrl | quote }}
{{- with .Values.port.ingestUrl }}
OCEAN__PORT__INGEST_URL: {{ . | quote }}
{{- end }}
OCEAN__INITIALIZE_PORT_RESOURCES: {{ .Values.initializePortResources | quote }}
{{- with .Values.createPortResourcesOrigin }}
OCEAN__CREATE_PORT_RESOURCES_ORIGIN: {{ . | quote }}
{{- end }}
OCEAN__SEND_RAW_DATA_EXAMPLES: {{ .Values.sendRawDataExamples | quote }}
OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS: {{ .Values.allowEnvironmentVariablesJqAccess | quote }}
PILOTAGE_PARTIAL_OK: {{ .Values.partialOk | quote }}
{{- with .Values.jqEnvironment }}
PILOTAGE_JQ_ENVIRONMENT: {{ toJson . | quote }}
{{- end }}
{{- if include "pilotage.isCronJob" . }}
OCEAN__EVENT_LISTENER: {{ dict "type" "ONCE" | toJson | quote }}
{{- else }}
OCEAN__EVENT_LISTENER: {{ toJson .Values.integration.eventListener | quote }}
{{- with .Values.scheduledResyncInterval }}
OCEAN__SCHEDULED_RESYNC_INTERVAL: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .Values.clientTimeout }}
OCEAN__CLIENT_TIMEOUT: {{ . | quote }}
{{- end }}
{{- with .Values.integration.identifier }}
OCEAN__INTEGRATION__IDENTIFIER: {{ . | quote }}
{{- end }}
{{- range $key, $value := .Values.integration.config }}
{{- if or (kindIs "map" $value) (kindIs "slice" $value) }}
OCEAN__INTEGRATION__CONFIG__{{ $key | snakecase | upper }}: {{ $value | toJson | quote }}
{{- else }}
OCEAN__INTEGRATION__CONFIG__{{ $key | snakecase | upper }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.integration.extraConfig }}
{{ $key | snakecase | upper }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* The variables that are secret, encoded: the data of the chart's secret. */}}
{{- define "pilotage.secrets" -}}
OCEAN__PORT__CLIENT_ID: {{ required "port.clientId is needed, or secret.create: false and secret.name" .Values.port.clientId | b64enc | quote }}
OCEAN__PORT__CLIENT_SECRET: {{ required "port.clientSecret is needed, or secret.create: false and secret.name" .Values.port.clientSecret | b64enc | quote }}
{{- range $key, $value := .Values.integration.secrets }}
OCEAN__INTEGRATION__CONFIG__{{ $key | snakecase | upper }}: {{ $value | toString | b64enc | quote }}
{{- end }}
{{- end -}}

{{/* The secret with the App's private key: one that exists, or the chart's own. Empty without an App. */}}
{{- define "pilotage.githubAppSecret" -}}
{{- $app := .Values.githubApp -}}
{{- if $app.id -}}
{{- if $app.existingSecret.name -}}
{{- $app.existingSecret.name -}}
{{- else if $app.privateKey -}}
{{- printf "%s-app" (include "pilotage.fullname" .) -}}
{{- else -}}
{{- fail "githubApp.id needs githubApp.privateKey or githubApp.existingSecret.name" -}}
{{- end -}}
{{- else if or $app.privateKey $app.existingSecret.name -}}
{{- fail "githubApp.id is needed beside the App's private key" -}}
{{- end -}}
{{- end -}}

{{/* The config map with the mapping file: one that exists, or the chart's own. Empty without a mapping. */}}
{{- define "pilotage.mappingConfigMap" -}}
{{- if .Values.mapping.existingConfigMap.name -}}
{{- .Values.mapping.existingConfigMap.name -}}
{{- else if .Values.mapping.content -}}
{{- printf "%s-mapping" (include "pilotage.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* The schedule of a CronJob. */}}
{{- define "pilotage.schedule" -}}
{{- $schedule := default "0 * * * *" .Values.scheduledResyncInterval | toString -}}
{{- if not (or (contains " " $schedule) (hasPrefix "@" $schedule)) -}}
{{- fail (printf "scheduledResyncInterval is %s, but a CronJob needs a cron expression such as 0 */6 * * *" $schedule) -}}
{{- end -}}
{{- $schedule -}}
{{- end -}}

{{/* Fails for what reads metrics where nothing has any. */}}
{{- define "pilotage.needsDeployment" -}}
{{- if include "pilotage.isCronJob" .root -}}
{{- fail (printf "%s.enabled needs workload.kind Deployment: a job has no metrics to read" .value) -}}
{{- end -}}
{{- end -}}

{{/* A pod's template. Takes the chart's scope as "root", the restart policy as "restart" (empty: the cluster's own), and whether
     it listens as "listens". */}}
{{- define "pilotage.pod" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
metadata:
  labels:
    {{- include "pilotage.labels" $root | nindent 4 }}
  annotations:
    # A changed annotation replaces the pod; a changed secret or config map alone does not.
    checksum/environment: {{ include "pilotage.environment" $root | sha256sum }}
    {{- if $values.secret.create }}
    checksum/secrets: {{ include "pilotage.secrets" $root | sha256sum }}
    {{- end }}
    {{- with $values.githubApp.privateKey }}
    checksum/github-app: {{ . | sha256sum }}
    {{- end }}
    {{- with $values.mapping.content }}
    checksum/mapping: {{ . | sha256sum }}
    {{- end }}
    {{- with $values.selfSignedCertificate.certificate }}
    checksum/certificate: {{ . | sha256sum }}
    {{- end }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- with .annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  automountServiceAccountToken: false
  # Clusters describe services in variables of their own, which look like settings.
  enableServiceLinks: false
  {{- with .restart }}
  restartPolicy: {{ . }}
  {{- end }}
  {{- with $values.podServiceAccount.name }}
  serviceAccountName: {{ . }}
  {{- end }}
  {{- with $values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  dnsPolicy: {{ $values.dnsPolicy }}
  {{- with $values.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.extraInitContainers }}
  initContainers:
    {{- tpl (toYaml .) $root | nindent 4 }}
  {{- end }}
  containers:
    - name: pilotage
      image: {{ include "pilotage.image" $root | quote }}
      imagePullPolicy: {{ $values.imagePullPolicy }}
      {{- with $values.containerSecurityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      envFrom:
        - configMapRef:
            name: {{ include "pilotage.fullname" $root }}
        {{- if kindIs "slice" $values.secret.name }}
        {{- range $values.secret.name }}
        - secretRef:
            name: {{ . }}
        {{- end }}
        {{- end }}
        {{- if or $values.secret.create (and $values.secret.name (not (kindIs "slice" $values.secret.name))) }}
        - secretRef:
            name: {{ include "pilotage.secretName" $root }}
        {{- end }}
      env:
        - name: PILOTAGE_DATA
          value: /data
        {{- if $values.selfSignedCertificate.enabled }}
        - name: SSL_CERT_FILE
          value: /etc/pilotage/ca/ca.crt
        {{- end }}
        {{- if include "pilotage.githubAppSecret" $root }}
        - name: PILOTAGE_GITHUB_APP_ID
          value: {{ $values.githubApp.id | toString | quote }}
        - name: PILOTAGE_GITHUB_APP_PRIVATE_KEY_FILE
          value: /etc/pilotage/github-app/private-key.pem
        {{- end }}
        {{- if include "pilotage.mappingConfigMap" $root }}
        - name: PILOTAGE_MAPPING
          value: /etc/pilotage/mapping/mapping.yaml
        {{- end }}
        {{- with $values.extraEnv }}
        {{- tpl (toYaml .) $root | nindent 8 }}
        {{- end }}
      {{- if .listens }}
      ports:
        - name: {{ $values.service.portName }}
          containerPort: {{ $values.service.port }}
          protocol: TCP
      {{- if $values.livenessProbe.enabled }}
      livenessProbe:
        httpGet:
          path: /health/live
          port: {{ $values.service.portName }}
        initialDelaySeconds: {{ default 5 $values.livenessProbe.initialDelaySeconds }}
        periodSeconds: {{ default 10 $values.livenessProbe.periodSeconds }}
        timeoutSeconds: {{ default 5 $values.livenessProbe.timeoutSeconds }}
        failureThreshold: {{ default 3 $values.livenessProbe.failureThreshold }}
      {{- end }}
      {{- if $values.readinessProbe.enabled }}
      readinessProbe:
        httpGet:
          path: /health/ready
          port: {{ $values.service.portName }}
        initialDelaySeconds: {{ default 5 $values.readinessProbe.initialDelaySeconds }}
        periodSeconds: {{ default 10 $values.readinessProbe.periodSeconds }}
        timeoutSeconds: {{ default 5 $values.readinessProbe.timeoutSeconds }}
        failureThreshold: {{ default 3 $values.readinessProbe.failureThreshold }}
        successThreshold: {{ default 1 $values.readinessProbe.successThreshold }}
      {{- end }}
      {{- end }}
      {{- with $values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - name: data
          mountPath: /data
        - name: tmp
          mountPath: /tmp
        {{- if $values.selfSignedCertificate.enabled }}
        - name: ca
          mountPath: /etc/pilotage/ca
          readOnly: true
        {{- end }}
        {{- if include "pilotage.githubAppSecret" $root }}
        - name: github-app
          mountPath: /etc/pilotage/github-app
          readOnly: true
        {{- end }}
        {{- if include "pilotage.mappingConfigMap" $root }}
        - name: mapping
          mountPath: /etc/pilotage/mapping
          readOnly: true
        {{- end }}
        {{- with $values.extraVolumeMounts }}
        {{- tpl (toYaml .) $root | nindent 8 }}
        {{- end }}
  volumes:
    - name: data
      {{- if $values.persistence.enabled }}
      persistentVolumeClaim:
        claimName: {{ default (include "pilotage.fullname" $root) $values.persistence.existingClaim }}
      {{- else }}
      emptyDir: {}
      {{- end }}
    - name: tmp
      emptyDir: {}
    {{- if $values.selfSignedCertificate.enabled }}
    - name: ca
      secret:
        secretName: {{ include "pilotage.certificateName" $root }}
        items:
          - key: {{ $values.selfSignedCertificate.secret.key }}
            path: ca.crt
    {{- end }}
    {{- with include "pilotage.githubAppSecret" $root }}
    - name: github-app
      secret:
        secretName: {{ . }}
        # 0440: the pod's group may read it, nobody else.
        defaultMode: 288
        items:
          - key: {{ $values.githubApp.existingSecret.key }}
            path: private-key.pem
    {{- end }}
    {{- with include "pilotage.mappingConfigMap" $root }}
    - name: mapping
      configMap:
        name: {{ . }}
        items:
          - key: {{ $values.mapping.existingConfigMap.key }}
            path: mapping.yaml
    {{- end }}
    {{- with $values.extraVolumes }}
    {{- tpl (toYaml .) $root | nindent 4 }}
    {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
