// Certificates that servers of databases are checked with.
#include "services/dms/api_replication.hpp"

namespace landfall::dms {
namespace {

void put_certificate(api::out::Certificate out, const Certificate& certificate) {
    out.set_certificate_identifier(certificate.name);
    out.set_certificate_arn(arn_of(certificate.self, Certificate::kThing));
    out.set_certificate_creation_date(certificate.created);
    out.set_certificate_pem(certificate.pem);
    out.set_certificate_owner(certificate.owner);
    out.set_valid_from_date(certificate.valid_from);
    out.set_valid_to_date(certificate.valid_to);
    out.set_signing_algorithm(certificate.algorithm);
    out.set_key_length(certificate.key_bits);
    if (!certificate.kms_key.empty()) out.set_kms_key_id(certificate.kms_key);
}

Verdict import(Dms& dms, const CallContext& call, api::ImportCertificate::In in,
               api::ImportCertificate::Out out) {
    if (in.certificate_wallet())
        return Fault{FaultCode::invalid_certificate,
                     "CertificateWallet is of Oracle, which no endpoint is of here; give CertificatePem"};
    if (!in.certificate_pem()) return Fault{FaultCode::invalid_combination, "CertificatePem must be given"};
    Certificate certificate = TRY(read_certificate(*in.certificate_pem()));
    certificate.self.scope = scope_of(call);
    certificate.name = lowered(in.certificate_identifier());
    certificate.kms_key = in.kms_key_id().value_or("");
    certificate.tags = TRY(tags_in(in.tags()));
    put_certificate(out.set_certificate(),
                    TRY(dms.catalogue().create(cause_of(call, "ImportCertificate"), std::move(certificate))));
    return {};
}

Verdict describe(Dms& dms, const CallContext& call, api::DescribeCertificates::In in,
                 api::DescribeCertificates::Out out) {
    const Filters filters = TRY(filters_in(in.filters(), {"certificate-arn", "certificate-id"}));
    const PageAsked page = TRY(page_in(dms, call, "certificates", filters, in.max_records(), in.marker()));
    auto certificates = TRY(dms.catalogue().list<Certificate>(scope_of(call)));
    std::erase_if(certificates, [&](const Certificate& each) {
        return !passes(filters, "certificate-arn", {}, arn_of(each.self, Certificate::kThing)) ||
               !passes_lowered(filters, "certificate-id", each.name);
    });
    if (certificates.empty() && !filters.empty())
        return Fault{FaultCode::not_found, "No certificates found matching the filters"};
    out.start_certificates();
    put_page(
        dms, page, certificates, [](const Certificate& each) -> const std::string& { return each.name; },
        [&](const Certificate& each) { put_certificate(out.add_certificates(), each); }, out);
    return {};
}

Verdict remove(Dms& dms, const CallContext& call, api::DeleteCertificate::In in,
               api::DeleteCertificate::Out out) {
    put_certificate(out.set_certificate(),
                    TRY(dms.catalogue().remove<Certificate>(cause_of(call, "DeleteCertificate"),
                                                            scope_of(call), in.certificate_arn())));
    return {};
}

}  // namespace

void register_certificates(Operations& operations, Dms& dms) {
    on<api::ImportCertificate>(operations, dms, import);
    on<api::DescribeCertificates>(operations, dms, describe);
    on<api::DeleteCertificate>(operations, dms, remove);
}

}  // namespace landfall::dms
